import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, copy, createScene, get, put } from '../../support/encryption-scene.ts';
import { after } from '../../support/fake-s3/faults.ts';

const plaintext = patternBytes(100);

describe('the source', () => {
  test('may have a key that needs encoding', async () => {
    const { client } = createScene();
    const key = 'grün & käse/100%?.txt';
    await put(client, key, plaintext);
    await copy(client, '', 'copy', { CopySource: `${bucketName}/${encodeURIComponent(key)}` });
    await copy(client, '', 'path', {
      CopySource: `/${bucketName}/${key.split('/').map(encodeURIComponent).join('/')}`,
    });
    expect(await get(client, 'copy')).toEqual(plaintext);
    expect(await get(client, 'path')).toEqual(plaintext);
  });

  test('with a key that needs encoding takes its instruction file along', async () => {
    const { clientWith } = createScene();
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'grün ?', plaintext);
    await copy(client, '', 'copy', { CopySource: `${bucketName}/${encodeURIComponent('grün ?')}` });
    expect(await get(client, 'copy')).toEqual(plaintext);
  });

  test('may be an older version', async () => {
    const { client, stored } = createScene('Enabled');
    await put(client, 'k', plaintext, { Metadata: { owner: 'ada' } });
    const { versionId } = stored('k');
    await put(client, 'k', 'newer');
    const more = { MetadataDirective: 'REPLACE', Metadata: { team: 'blue' } } as const;
    await copy(client, `k?versionId=${versionId}`, 'copy', more);
    expect(await get(client, 'copy')).toEqual(plaintext);
    expect(stored('copy').metadata).toMatchObject({ team: 'blue' });
  });

  test('may be behind an access point', async () => {
    const { client, service, bucket } = createScene();
    const arn = service.createAccessPoint('readers', bucket);
    await put(client, 'a b/c', plaintext);
    const more = { MetadataDirective: 'REPLACE', CopySource: `${arn}/object/a%20b/c` } as const;
    await copy(client, '', 'copy', more);
    expect(await get(client, 'copy')).toEqual(plaintext);
  });

  test('that is overwritten in between is not copied with the envelope of before', async () => {
    const { client, service, bucket } = createScene();
    await put(client, 'k', plaintext);
    service.plan(
      'CopyObject',
      after(() => put(client, 'k', 'newer')),
    );
    const error = await thrownBy(() => copy(client, 'k', 'copy', { MetadataDirective: 'REPLACE' }));
    expect(error).toMatchObject({ name: 'PreconditionFailed' });
    expect(bucket.keys()).toEqual(['k']);
  });

  test('may have a condition of the caller', async () => {
    const { client, stored, service } = createScene();
    await put(client, 'k', plaintext);
    await copy(client, 'k', 'copy', { CopySourceIfMatch: stored('k').etag });
    service.requests.length = 0;
    // The answer to a HEAD names no error.
    const error = await thrownBy(() => copy(client, 'k', 'copy', { CopySourceIfMatch: '"other"' }));
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 412 } });
    expect(service.operations()).toEqual(['HeadObject']);
  });

  test('is looked at on every condition of the caller', async () => {
    const { client, stored, service } = createScene();
    await put(client, 'k', plaintext);
    const { etag } = stored('k');
    const [long, soon] = [new Date('2001-02-03T04:05:06Z'), new Date('2101-02-03T04:05:06Z')];
    await copy(client, 'k', 'copy', {
      CopySourceIfMatch: etag,
      CopySourceIfNoneMatch: '"other"',
      CopySourceIfModifiedSince: long,
      CopySourceIfUnmodifiedSince: soon,
    });
    expect(service.requestsOf('HeadObject')[0]?.headers).toMatchObject({
      'if-match': etag,
      'if-none-match': '"other"',
      'if-modified-since': long.toUTCString(),
      'if-unmodified-since': soon.toUTCString(),
    });
    for (const [condition, httpStatusCode] of [
      [{ CopySourceIfNoneMatch: etag }, 304],
      [{ CopySourceIfModifiedSince: soon }, 304],
      [{ CopySourceIfUnmodifiedSince: long }, 412],
    ] as const) {
      const error = await thrownBy(() => copy(client, 'k', 'copy', condition));
      expect(error).toMatchObject({ $metadata: { httpStatusCode } });
    }
    expect(service.requestsOf('CopyObject')).toHaveLength(1);
  });

  test('is looked at with what the request tells of it', async () => {
    const { client, service } = createScene();
    await put(client, 'k', plaintext);
    await copy(client, 'k', 'copy', {
      ExpectedBucketOwner: '111122223333',
      ExpectedSourceBucketOwner: '444455556666',
      RequestPayer: 'requester',
      CopySourceSSECustomerAlgorithm: 'AES256',
      CopySourceSSECustomerKey: 'c2VjcmV0',
    });
    expect(service.requestsOf('HeadObject')[0]?.headers).toMatchObject({
      'x-amz-expected-bucket-owner': '444455556666',
      'x-amz-request-payer': 'requester',
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    });
  });

  test.each(['', 'bucket', 'bucket/%'])('"%s" cannot be read', async (CopySource) => {
    const { client, service } = createScene();
    const error = await failureOf(() => copy(client, '', 'copy', { CopySource }));
    expect(error.code).toBe('REQUEST_UNSUPPORTED');
    expect(service.requests).toEqual([]);
  });

  test('that is not there is an error of the SDK', async () => {
    const { client } = createScene();
    expect(await thrownBy(() => copy(client, 'k', 'copy'))).toMatchObject({ name: 'NotFound' });
  });
});
