import { S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { assertReplaceable, isThereAlready } from '../../../aws/encryption/instruction-file-guard.ts';
import { failureOf, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, put } from '../../support/encryption-scene.ts';
import { refusing } from '../../support/fake-s3/faults.ts';

const file = { Bucket: bucketName, Key: 'k.instruction' };

describe('S3 says that an object stands there', () => {
  test.each([
    ['PreconditionFailed', 412, true],
    ['ConditionalRequestConflict', 409, true],
    ['Unknown', 412, true],
    ['AccessDenied', 403, false],
    ['NoSuchKey', 404, false],
    ['NoSuchBucket', 404, false],
    ['SlowDown', 503, false],
    ['InternalError', 500, false],
  ])('with %s (%i): %p', (name, httpStatusCode, expected) => {
    const error = new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });
    expect(isThereAlready(error)).toBe(expected);
  });

  test('with no error of a connection, and none of this process', () => {
    expect(isThereAlready(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))).toBe(false);
    expect(isThereAlready(Object.assign(new Error('aborted'), { name: 'AbortError' }))).toBe(false);
    expect(isThereAlready(new TypeError('broken'))).toBe(false);
  });
});

describe('a file that stands there', () => {
  test.each([
    ['Enabled', undefined],
    ['Suspended', 'BUCKET_NOT_VERSIONED'],
    ['Off', 'BUCKET_NOT_VERSIONED'],
  ] as const)('in a bucket whose versioning is %s: %s', async (versioning, code) => {
    const { plain } = createScene(versioning);
    await put(plain, file.Key, '{}');
    const looking = assertReplaceable(plain, file, undefined);
    if (code === undefined) await expect(looking).resolves.toEqual(expect.any(String));
    else expect((await failureOf(() => looking)).code).toBe(code);
  });

  test('of a time before versions may not be replaced', async () => {
    const { plain, bucket } = createScene('Off');
    await put(plain, file.Key, '{}');
    bucket.versioning = 'Enabled';
    const error = await failureOf(() => assertReplaceable(plain, file, undefined));
    expect(error.code).toBe('BUCKET_NOT_VERSIONED');
  });

  test('is looked at with what the request tells of it, and no more', async () => {
    const { plain, service } = createScene('Enabled');
    await put(plain, file.Key, '{}');
    service.requests.length = 0;
    const request = {
      ...file,
      ExpectedBucketOwner: '111122223333',
      RequestPayer: 'requester',
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: 'c2VjcmV0',
      IfNoneMatch: '*',
      Range: 'bytes=0-1',
    } as const;
    await assertReplaceable(plain, request, undefined);
    const [head] = service.requestsOf('HeadObject');
    expect(head?.headers).toMatchObject({
      'x-amz-expected-bucket-owner': '111122223333',
      'x-amz-request-payer': 'requester',
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    });
    expect(head?.headers).not.toHaveProperty('if-none-match');
    expect(head?.headers).not.toHaveProperty('range');
  });

  test('that cannot be looked at is an error of the SDK', async () => {
    const { plain, service } = createScene('Enabled');
    expect(await thrownBy(() => assertReplaceable(plain, file, undefined))).toMatchObject({
      name: 'NotFound',
    });
    service.plan('HeadObject', refusing('Forbidden', 403));
    expect(await thrownBy(() => assertReplaceable(plain, file, undefined))).toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    const stopped = () => assertReplaceable(plain, file, AbortSignal.abort());
    expect(await thrownBy(stopped)).toMatchObject({ name: 'AbortError' });
  });
});
