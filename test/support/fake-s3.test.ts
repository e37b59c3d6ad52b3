import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  ListBucketsCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { describe, expect, test } from '@jest/globals';
import { inChunks, patternBytes, thrownBy } from './bytes.ts';
import { FakeS3 } from './fake-s3.ts';
import { MultipartCaller } from './multipart-caller.ts';

const Bucket = 'vault';

function newService(versioning: 'Off' | 'Enabled' | 'Suspended' = 'Off'): { s3: S3Client; service: FakeS3 } {
  const service = new FakeS3();
  service.createBucket(Bucket, versioning);
  return { s3: service.client(), service };
}

async function read(s3: S3Client, Key: string, more: object = {}): Promise<string | undefined> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();
}

test('a body in chunks arrives as it was, with its checksum behind it', async () => {
  const { s3, service } = newService();
  const content = patternBytes(200_000);
  const Body = Readable.from(inChunks(content, 70_000));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: content.length }));
  const [request] = service.requests;
  expect(request?.headers['content-encoding']).toContain('aws-chunked');
  expect(request?.sentBytes.length).toBeGreaterThan(content.length);
  expect(request?.body).toEqual(content);
  const { ContentEncoding, ChecksumCRC32 } = await s3.send(
    new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
  );
  expect(ContentEncoding).toBeUndefined();
  expect(ChecksumCRC32).toBe(request?.headers['x-amz-checksum-crc32']);
});

test('a body that is not what its checksum says is refused', async () => {
  const { s3 } = newService();
  const put = (more: object): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content', ...more }));
  for (const more of [{ ChecksumSHA256: 'AAAA' }, { ContentMD5: 'AAAA' }]) {
    expect(await thrownBy(() => put(more))).toMatchObject({ name: 'BadDigest' });
  }
});

describe('versions', () => {
  test('are kept, hidden and found again', async () => {
    const { s3 } = newService('Enabled');
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'first' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'second' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(await thrownBy(() => read(s3, 'k'))).toMatchObject({ name: 'NoSuchKey' });
    expect(await thrownBy(() => read(s3, 'k', { VersionId: marker.VersionId }))).toMatchObject({
      name: 'MethodNotAllowed',
    });
    expect(await thrownBy(() => read(s3, 'k', { VersionId: 'other' }))).toMatchObject({
      name: 'NoSuchVersion',
    });
    expect(await read(s3, 'k', { VersionId })).toBe('first');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    expect(await read(s3, 'k')).toBe('second');
  });

  test('of a bucket that stopped keeping them overwrite the one without an id', async () => {
    const { s3, service } = newService('Suspended');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'first' }));
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'second' }));
    expect(VersionId).toBe('null');
    expect(service.operations()).toEqual(['PutObject', 'PutObject']);
    expect(await read(s3, 'k', { VersionId: 'null' })).toBe('second');
  });
});

test.each([
  ['IfMatch', '"other"', 'PreconditionFailed'],
  ['IfNoneMatch', '*', 'PreconditionFailed'],
])('a write under %s %s is refused', async (name, value, error) => {
  const { s3 } = newService();
  const put = (Key: string): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: 'content', [name]: value }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'first' }));
  expect(await thrownBy(() => put('k'))).toMatchObject({ name: error });
  if (name === 'IfMatch') expect(await thrownBy(() => put('new'))).toMatchObject({ name: 'NoSuchKey' });
  else await put('new');
});

test('an ETag goes before the time beside it', async () => {
  const { s3 } = newService();
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  const long = { IfUnmodifiedSince: new Date(0) };
  expect(await read(s3, 'k', { ...long, IfMatch: ETag })).toBe('content');
  expect(await thrownBy(() => read(s3, 'k', long))).toMatchObject({ name: 'PreconditionFailed' });
  const fresh = { IfModifiedSince: new Date(Date.now() + 60_000) };
  expect(await thrownBy(() => read(s3, 'k', fresh))).toMatchObject({ $metadata: { httpStatusCode: 304 } });
});

test('an object cannot be copied to itself without a change', async () => {
  const { s3 } = newService();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  const copy = { Bucket, Key: 'k', CopySource: `${Bucket}/k` };
  expect(await thrownBy(() => s3.send(new CopyObjectCommand(copy)))).toMatchObject({
    name: 'InvalidRequest',
  });
});

test('parts are listed, copied and put together', async () => {
  const { s3, service } = newService();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'content' }));
  const caller = await MultipartCaller.create(s3);
  const named = { Bucket, Key: 'k', UploadId: caller.id };
  const { CopyPartResult } = await s3.send(
    new UploadPartCopyCommand({
      ...named,
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
      CopySourceRange: 'bytes=1-3',
    }),
  );
  const { Parts } = await s3.send(new ListPartsCommand(named));
  expect(Parts).toMatchObject([{ PartNumber: 1, Size: 3, ETag: CopyPartResult?.ETag }]);
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(Uploads).toMatchObject([{ Key: 'k', UploadId: caller.id }]);
  await caller.complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
  expect(await read(s3, 'k')).toBe('ont');
  expect(service.uploads.open.size).toBe(0);
});

test.each([
  ['InvalidPart', [{ PartNumber: 1, ETag: '"other"' }]],
  ['InvalidPartOrder', [{ PartNumber: 2 }, { PartNumber: 1 }]],
  ['MalformedXML', []],
])('%s is what a wrong list of parts is answered with', async (name, parts) => {
  const { s3 } = newService();
  const caller = await MultipartCaller.create(s3);
  await caller.send(1, 'a');
  await caller.send(2, 'b');
  const named = parts.map((part) => ({ ...caller.parts[part.PartNumber - 1], ...part }));
  expect(await thrownBy(() => caller.complete(named))).toMatchObject({ name });
});

test('what the SDK uploads in parts has the checksum of checksums', async () => {
  const { s3 } = newService();
  const Body = Buffer.alloc(6 * 1024 * 1024);
  await new Upload({ client: s3, params: { Bucket, Key: 'k', Body } }).done();
  const { ChecksumCRC32, ChecksumType } = await s3.send(
    new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
  );
  expect(ChecksumCRC32).toMatch(/-2$/);
  expect(ChecksumType).toBe('COMPOSITE');
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', PartNumber: 2 }));
  expect(head).toMatchObject({ ContentLength: 1024 * 1024, PartsCount: 2 });
});

test('what it does not have, and what is not there, is refused', async () => {
  const { s3 } = newService();
  expect(await thrownBy(() => s3.send(new ListBucketsCommand({})))).toBeDefined();
  const list = new ListObjectsV2Command({ Bucket: 'elsewhere' });
  expect(await thrownBy(() => s3.send(list))).toMatchObject({ name: 'NoSuchBucket' });
  const head = new HeadObjectCommand({ Bucket, Key: 'k', PartNumber: 2 });
  expect(await thrownBy(() => s3.send(head))).toMatchObject({ name: 'NotFound' });
});
