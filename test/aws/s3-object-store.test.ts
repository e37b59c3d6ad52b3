import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import type { Metadata } from '../../envelope/index.ts';
import type { CopyTarget, StoredObject } from '../../operations/object-store.ts';
import { failureOf, gather, inChunks, patternBytes } from '../support/bytes.ts';
import { s3ClientOver, stubHttp } from '../support/stub-http.ts';

const address = { bucket: 'bucket', key: 'folder/a b.txt' };
const object: StoredObject = {
  address: { ...address, versionId: 'v1' },
  etag: '"abc"',
  lengthBytes: 25,
  metadata: { title: 'x' },
  headers: { contentType: 'text/plain' },
};

function storeOverMock() {
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  return { mock, store: new S3ObjectStore({ client, partSizeBytes: 10, partsAtOnce: 2 }) };
}

const named = (name: string, status: number) =>
  Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: status } });
const bodyOf = (bytes: Uint8Array) => ({ Body: inChunks(bytes, 4) }) as never;
/** A body that breaks before it has begun. */
const breaking = (error: Error): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

describe('a look at an object', () => {
  test('asks for its checksum and its version', async () => {
    const { mock, store } = storeOverMock();
    mock.on(HeadObjectCommand).resolves({ ETag: '"abc"', ContentLength: 25, VersionId: 'v1' });
    expect(await store.head({ ...address, versionId: 'v1' })).toMatchObject({
      etag: '"abc"',
      lengthBytes: 25,
    });
    expect(mock.commandCalls(HeadObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'bucket',
      Key: 'folder/a b.txt',
      VersionId: 'v1',
      ChecksumMode: 'ENABLED',
    });
  });

  test.each([
    [named('NotFound', 404), 'OBJECT_NOT_FOUND'],
    [named('Unknown', 405), 'OBJECT_NOT_FOUND'],
    [named('Unknown', 403), 'ACCESS_DENIED'],
  ])('that fails with %p is %s, and names the action that is needed', async (error, code) => {
    const { mock, store } = storeOverMock();
    mock.on(HeadObjectCommand).rejects(error);
    const failure = await failureOf(() => store.head(address));
    expect(failure.code).toBe(code);
    expect(failure.fields).toMatchObject({ action: 's3:GetObject', resource: 's3://bucket/folder/a b.txt' });
  });

  test('of one version that fails names the action that versions need', async () => {
    const { mock, store } = storeOverMock();
    mock.on(HeadObjectCommand).rejects(named('Unknown', 403));
    const failure = await failureOf(() => store.head({ ...address, versionId: 'v' }));
    expect(failure.fields).toMatchObject({ action: 's3:GetObjectVersion' });
  });
});

describe('a read', () => {
  test('asks for ranges of the very version, on the condition of its ETag', async () => {
    const { mock, store } = storeOverMock();
    const content = patternBytes(25);
    mock.on(GetObjectCommand).callsFake(({ Range = '' }: { Range?: string }) => {
      const [first = 0, last = 0] = Range.slice('bytes='.length).split('-').map(Number);
      return bodyOf(content.subarray(first, last + 1));
    });
    expect((await gather(store.read(object))).equals(content)).toBe(true);
    expect(mock.commandCalls(GetObjectCommand).map((call) => call.args[0].input)).toEqual(
      ['bytes=0-9', 'bytes=10-19', 'bytes=20-24'].map((Range) => ({
        Bucket: 'bucket',
        Key: 'folder/a b.txt',
        VersionId: 'v1',
        IfMatch: '"abc"',
        Range,
      })),
    );
  });

  test('asks nothing for an empty object', async () => {
    const { mock, store } = storeOverMock();
    expect(await gather(store.read({ ...object, lengthBytes: 0 }))).toHaveLength(0);
    expect(mock.calls()).toHaveLength(0);
  });

  test.each([
    [named('PreconditionFailed', 412), 'OBJECT_CHANGED'],
    [named('NoSuchVersion', 404), 'OBJECT_NOT_FOUND'],
    [named('SlowDown', 503), 'THROTTLED'],
  ])('that fails with %p is %s', async (error, code) => {
    const { mock, store } = storeOverMock();
    mock.on(GetObjectCommand).rejects(error);
    expect((await failureOf(() => gather(store.read(object)))).code).toBe(code);
  });

  test('asks again where a body breaks, and gives up after four times', async () => {
    const { mock, store } = storeOverMock();
    const short = { ...object, lengthBytes: 5 };
    const broken = () => {
      const error = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      return { Body: breaking(error) };
    };
    mock.on(GetObjectCommand).callsFake(broken);
    expect((await failureOf(() => gather(store.read(short)))).code).toBe('SERVICE_UNAVAILABLE');
    expect(mock.calls()).toHaveLength(4);
    let tries = 0;
    mock.on(GetObjectCommand).callsFake(() => ((tries += 1) < 4 ? broken() : bodyOf(patternBytes(5))));
    expect((await gather(store.read(short))).equals(patternBytes(5))).toBe(true);
  });

  test('asks no more where it was stopped', async () => {
    const { mock, store } = storeOverMock();
    const controller = new AbortController();
    mock.on(GetObjectCommand).callsFake(() => {
      controller.abort();
      const error = Object.assign(new Error('stopped'), { name: 'AbortError' });
      return { Body: breaking(error) };
    });
    const failure = await failureOf(() =>
      gather(store.read({ ...object, lengthBytes: 5 }, controller.signal)),
    );
    expect(failure.code).toBe('ABORTED');
    expect(mock.calls()).toHaveLength(1);
  });

  test('is refused where the store sends another length', async () => {
    const { mock, store } = storeOverMock();
    mock.on(GetObjectCommand).callsFake(() => bodyOf(patternBytes(25)));
    expect((await failureOf(() => gather(store.read(object)))).code).toBe('CONTENT_LENGTH_MISMATCH');
  });
});

describe('tags', () => {
  test('are read and written for the version', async () => {
    const { mock, store } = storeOverMock();
    mock.on(GetObjectTaggingCommand).resolves({ TagSet: [{ Key: 'a b', Value: 'c=d' }] });
    expect(await store.tags(object.address)).toEqual({ 'a b': 'c=d' });
    await store.setTags(object.address, { 'a b': 'c=d', e: '' });
    expect(mock.commandCalls(PutObjectTaggingCommand)[0]?.args[0].input).toEqual({
      Bucket: 'bucket',
      Key: 'folder/a b.txt',
      VersionId: 'v1',
      Tagging: {
        TagSet: [
          { Key: 'a b', Value: 'c=d' },
          { Key: 'e', Value: '' },
        ],
      },
    });
  });

  test('name the actions that are needed', async () => {
    const { mock, store } = storeOverMock();
    mock.rejects(named('AccessDenied', 403));
    expect((await failureOf(() => store.tags(address))).fields['action']).toBe('s3:GetObjectTagging');
    expect((await failureOf(() => store.setTags(address, {}))).fields['action']).toBe('s3:PutObjectTagging');
    expect((await failureOf(() => store.hide(object))).fields['action']).toBe('s3:DeleteObject');
    expect((await failureOf(() => gather(store.list('b', 'p') as never))).fields['action']).toBe(
      's3:ListBucket',
    );
  });
});

/** New metadata for the object of these tests, where it is. */
function inPlace(metadata: Metadata): CopyTarget {
  return { address, metadata, condition: { etag: object.etag } };
}

describe('new metadata for an object', () => {
  test('is a copy in place, on both conditions, with all else kept', async () => {
    const { mock, store } = storeOverMock();
    mock.on(CopyObjectCommand).resolves({ VersionId: 'v2' });
    const kept = {
      storageClass: 'STANDARD_IA',
      serverSideEncryption: 'aws:kms',
      kmsKeyId: 'arn:aws:kms:key',
    };
    const written = await store.copy({ ...object, ...kept }, inPlace({ title: 'y' }));
    expect(written).toEqual({ ...address, versionId: 'v2' });
    expect(mock.commandCalls(CopyObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'bucket',
      Key: 'folder/a b.txt',
      CopySource: 'bucket/folder%2Fa%20b.txt?versionId=v1',
      CopySourceIfMatch: '"abc"',
      IfMatch: '"abc"',
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'COPY',
      AnnotationDirective: 'COPY',
      Metadata: { title: 'y' },
      ContentType: 'text/plain',
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:aws:kms:key',
    });
  });

  test.each([
    'a b.txt',
    'a+b.txt',
    'a%20b.txt',
    'a%2Fb.txt',
    'ü/📦.txt',
    'a?versionId=v9',
    'a&b=c#d',
    '../..//a',
    "it's (1)*!~",
    'line\nbreak',
  ])('copies the very key, however odd: %j', async (key) => {
    const http = stubHttp({ body: Buffer.from('<CopyObjectResult><ETag>"abc"</ETag></CopyObjectResult>') });
    const store = new S3ObjectStore({ client: s3ClientOver(http) });
    await store.copy({ ...object, address: { bucket: 'bucket', key, versionId: 'v 1' } }, inPlace({}));
    const source = http.requests[0]?.headers['x-amz-copy-source'] ?? '';
    expect(source).toMatch(/^[\x21-\x7e]+$/);
    const [path = '', version = ''] = source.split('?');
    expect(decodeURIComponent(path)).toBe(`bucket/${key}`);
    expect(decodeURIComponent(version)).toBe('versionId=v 1');
    expect(http.requests[0]?.headers).toMatchObject({
      'if-match': '"abc"',
      'x-amz-copy-source-if-match': '"abc"',
    });
  });

  test.each([412, 409])('is OBJECT_CHANGED where S3 answers %i', async (status) => {
    const { mock, store } = storeOverMock();
    mock
      .on(CopyObjectCommand)
      .rejects(named(status === 412 ? 'PreconditionFailed' : 'ConditionalRequestConflict', status));
    expect((await failureOf(() => store.copy(object, inPlace({})))).code).toBe('OBJECT_CHANGED');
  });
});

describe('hiding', () => {
  test('names no version, so that it can only place a marker, and the content that it may hide', async () => {
    const { mock, store } = storeOverMock();
    await store.hide(object);
    expect(mock.commandCalls(DeleteObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: object.address.bucket,
      Key: object.address.key,
      IfMatch: object.etag,
    });
  });
});

describe('a list', () => {
  test('goes through all pages', async () => {
    const { mock, store } = storeOverMock();
    const tokens: (string | undefined)[] = [];
    const modified = new Date('2026-01-02T03:04:05Z');
    const pages = [
      { Contents: [{ Key: 'in/a', Size: 1, LastModified: modified }], NextContinuationToken: 'next' },
      { NextContinuationToken: 'last' },
      { Contents: [{ Key: 'in/b', Size: 0 }] },
    ];
    mock
      .on(ListObjectsV2Command, { Bucket: 'bucket', Prefix: 'in/' })
      .callsFake(({ ContinuationToken }: { ContinuationToken?: string }) => {
        tokens.push(ContinuationToken);
        return pages.shift();
      });
    const listed = [];
    for await (const each of store.list('bucket', 'in/')) listed.push(each);
    expect(listed).toEqual([
      { key: 'in/a', lengthBytes: 1, lastModified: modified },
      { key: 'in/b', lengthBytes: 0 },
    ]);
    expect(tokens).toEqual([undefined, 'next', 'last']);
  });

  test('holds keys as they are, characters that XML has no place for too', async () => {
    const key = 'in/a\u0001 &\r<b>+%20';
    const escaped = 'in/a&#x1; &amp;&#13;&lt;b&gt;+%20';
    const xml = `<ListBucketResult><Contents><Key>${escaped}</Key><Size>3</Size></Contents></ListBucketResult>`;
    const store = new S3ObjectStore({ client: s3ClientOver(stubHttp({ body: Buffer.from(xml) })) });
    const listed = [];
    for await (const each of store.list('bucket', 'in/')) listed.push(each);
    expect(listed).toEqual([{ key, lengthBytes: 3 }]);
  });
});
