import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { conditionFields, copySourceOf, settingsFields } from '../../aws/copy-object.ts';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import type { KeptSettings, StoredObject } from '../../operations/object-store.ts';
import { failureOf } from '../support/bytes.ts';
import { s3ClientOver, stubHttp } from '../support/stub-http.ts';

const address = { bucket: 'bucket', key: 'folder/a b.txt' };
const object: StoredObject = {
  ...{ address: { ...address, versionId: 'v1' }, etag: '"abc"', lengthBytes: 25, tagCount: 0 },
  ...{ metadata: { title: 'x' }, headers: {} },
};
const target = { address, metadata: { title: 'y' }, condition: { etag: '"abc"' } };
const soon = new Date(Date.now() + 60_000);
const past = new Date(Date.now() - 1);

function storeOverMock(maxCopyBytes?: number) {
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  mock.on(CopyObjectCommand).resolves({ VersionId: 'v2' });
  const store = new S3ObjectStore({ client, ...(maxCopyBytes === undefined ? {} : { maxCopyBytes }) });
  return { mock, store };
}

/** What a copy of an object was asked with. */
async function inputOf(more: Partial<StoredObject>): Promise<object> {
  const { mock, store } = storeOverMock();
  await store.copy({ ...object, ...more }, target);
  return mock.commandCalls(CopyObjectCommand)[0]?.args[0].input ?? {};
}

const plain = {
  ...{ Bucket: 'bucket', Key: 'folder/a b.txt', Metadata: { title: 'y' } },
  ...{ CopySource: 'bucket/folder%2Fa%20b.txt?versionId=v1', CopySourceIfMatch: '"abc"', IfMatch: '"abc"' },
  ...{ MetadataDirective: 'REPLACE', TaggingDirective: 'COPY', AnnotationDirective: 'COPY' },
};

describe('a copy', () => {
  test.each<[string, Partial<StoredObject>, object]>([
    ['that is kept in no way of its own', {}, {}],
    [
      'with every header',
      {
        headers: {
          ...{ contentType: 'text/csv', cacheControl: 'no-store', contentDisposition: 'attachment' },
          ...{ contentEncoding: 'gzip', contentLanguage: 'de', expires: 'Thu, 01 Jan 2032 00:00:00 GMT' },
          websiteRedirectLocation: '/elsewhere',
        },
      },
      {
        ...{ ContentType: 'text/csv', CacheControl: 'no-store', ContentDisposition: 'attachment' },
        ...{ ContentEncoding: 'gzip', ContentLanguage: 'de', Expires: new Date('2032-01-01T00:00:00Z') },
        WebsiteRedirectLocation: '/elsewhere',
      },
    ],
    ['in a storage class', { storageClass: 'STANDARD_IA' }, { StorageClass: 'STANDARD_IA' }],
    [
      'under a KMS key with a bucket key',
      { serverSideEncryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:key', bucketKeyEnabled: true },
      { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:key', BucketKeyEnabled: true },
    ],
    [
      'under a KMS key twice, without a bucket key',
      { serverSideEncryption: 'aws:kms:dsse', kmsKeyId: 'arn:aws:kms:key', bucketKeyEnabled: false },
      { ServerSideEncryption: 'aws:kms:dsse', SSEKMSKeyId: 'arn:aws:kms:key', BucketKeyEnabled: false },
    ],
    ['under a key of S3', { serverSideEncryption: 'AES256' }, { ServerSideEncryption: 'AES256' }],
    [
      'that is retained',
      { retention: { mode: 'COMPLIANCE', until: soon } },
      { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: soon },
    ],
    [
      'whose retention has ended, which S3 would refuse',
      { retention: { mode: 'GOVERNANCE', until: past } },
      {},
    ],
    ['on legal hold', { legalHold: true }, { ObjectLockLegalHoldStatus: 'ON' }],
    ['on no legal hold', { legalHold: false }, {}],
    [
      'on legal hold whose retention has ended',
      { legalHold: true, retention: { mode: 'GOVERNANCE', until: past } },
      { ObjectLockLegalHoldStatus: 'ON' },
    ],
  ])('of an object %s is asked for just so', async (_, more, expected) => {
    expect(await inputOf(more)).toEqual({ ...plain, ...expected });
  });

  test('tells the version that it made, where there are versions', async () => {
    const { mock, store } = storeOverMock();
    expect(await store.copy(object, target)).toEqual({ ...address, versionId: 'v2' });
    mock.on(CopyObjectCommand).resolves({});
    expect(await store.copy(object, target)).toEqual(address);
  });

  test('to another place takes the place’s condition, and the source its own', async () => {
    const { mock, store } = storeOverMock();
    const elsewhere = { bucket: 'other', key: 'b' };
    await store.copy(object, { address: elsewhere, metadata: {}, condition: { absent: true } });
    const { input } = mock.commandCalls(CopyObjectCommand)[0]?.args[0] ?? {};
    expect(input).toMatchObject({ Bucket: 'other', Key: 'b', IfNoneMatch: '*', CopySourceIfMatch: '"abc"' });
    expect(input).not.toHaveProperty('IfMatch');
  });

  test('goes out with all that it was asked with', async () => {
    const http = stubHttp({ body: Buffer.from('<CopyObjectResult><ETag>"abc"</ETag></CopyObjectResult>') });
    const store = new S3ObjectStore({ client: s3ClientOver(http) });
    const until = new Date('2099-01-02T03:04:05.678Z');
    const lock = { retention: { mode: 'GOVERNANCE', until }, legalHold: true } as const;
    await store.copy({ ...object, ...lock }, target);
    expect(http.requests[0]?.headers).toMatchObject({
      ...{ 'x-amz-metadata-directive': 'REPLACE', 'x-amz-tagging-directive': 'COPY' },
      ...{ 'x-amz-object-annotation-directive': 'COPY', 'x-amz-meta-title': 'y' },
      ...{ 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-legal-hold': 'ON' },
    });
    const sent = Date.parse(http.requests[0]?.headers['x-amz-object-lock-retain-until-date'] ?? '');
    expect(sent).toBe(until.getTime());
  });

  test.each([
    ['PreconditionFailed', 412, 'OBJECT_CHANGED'],
    ['ConditionalRequestConflict', 409, 'OBJECT_CHANGED'],
    ['InvalidObjectState', 403, 'OBJECT_ARCHIVED'],
    ['NoSuchVersion', 404, 'OBJECT_NOT_FOUND'],
    ['AccessDenied', 403, 'ACCESS_DENIED'],
    ['SlowDown', 503, 'THROTTLED'],
  ])('that S3 refuses with %s (%i) is %s', async (name, httpStatusCode, code) => {
    const { mock, store } = storeOverMock();
    const refusal = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
    mock.on(CopyObjectCommand).rejects(refusal);
    const failure = await failureOf(() => store.copy(object, target));
    expect(failure.code).toBe(code);
    expect(failure.fields).toMatchObject({ action: 's3:PutObject', resource: 's3://bucket/folder/a b.txt' });
  });

  test('that S3 began to answer with success, and then refused, is refused', async () => {
    const body = Buffer.from('<Error><Code>InternalError</Code><Message>no</Message></Error>');
    const store = new S3ObjectStore({ client: s3ClientOver(stubHttp({ body })) });
    expect((await failureOf(() => store.copy(object, target))).code).toBe('SERVICE_UNAVAILABLE');
  });

  test.each([
    [25, false],
    [24, true],
  ])('of 25 bytes with %i at most in one request is in parts: %s', async (maxCopyBytes, isInParts) => {
    const { mock, store } = storeOverMock(maxCopyBytes);
    mock.on(CreateMultipartUploadCommand).rejects(new Error('enough'));
    mock.on(GetObjectTaggingCommand).resolves({ TagSet: [] });
    await store.copy(object, target).catch(() => undefined);
    expect(mock.commandCalls(CreateMultipartUploadCommand)).toHaveLength(isInParts ? 1 : 0);
    expect(mock.commandCalls(CopyObjectCommand)).toHaveLength(isInParts ? 0 : 1);
  });

  test('is in one request up to 5 GiB, unless one says otherwise', async () => {
    const { mock, store } = storeOverMock();
    await store.copy({ ...object, lengthBytes: 5 * 2 ** 30 }, target);
    mock.on(CreateMultipartUploadCommand).rejects(new Error('enough'));
    mock.on(GetObjectTaggingCommand).resolves({ TagSet: [] });
    await failureOf(() => store.copy({ ...object, lengthBytes: 5 * 2 ** 30 + 1 }, target));
    expect(mock.calls().map((call) => call.args[0].constructor.name)).toEqual([
      'CopyObjectCommand',
      'GetObjectTaggingCommand',
      'CreateMultipartUploadCommand',
    ]);
  });

  test.each(['maxCopyBytes', 'copyPartBytes'])('refuses a %s that is none', (name) => {
    for (const size of [0, -1, 1.5, NaN]) {
      expect(() => new S3ObjectStore({ client: new S3Client({}), [name]: size })).toThrow(RangeError);
    }
  });
});

test('the source of a copy is its key, encoded, and its version where it has one', () => {
  expect(copySourceOf(address)).toBe('bucket/folder%2Fa%20b.txt');
  expect(copySourceOf({ ...address, versionId: 'v+1/=' })).toBe(
    'bucket/folder%2Fa%20b.txt?versionId=v%2B1%2F%3D',
  );
});

test('a condition is one of the two that S3 knows', () => {
  expect(conditionFields({ absent: true })).toEqual({ IfNoneMatch: '*' });
  expect(conditionFields({ etag: '"abc"' })).toEqual({ IfMatch: '"abc"' });
});

test('nothing that is not known is asked for', () => {
  const nothing: KeptSettings = {};
  expect(settingsFields(nothing)).toEqual({});
});
