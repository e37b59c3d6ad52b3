import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, put, requestsThatShow } from '../../support/encryption-scene.ts';
import { losingTheAnswer, refusing } from '../../support/fake-s3/faults.ts';

const partBytes = 5 * 1024 * 1024;
const tagBytes = 16;

const bodyKinds: [kind: string, make: (bytes: Buffer) => unknown, withLength: boolean][] = [
  ['a Buffer', (bytes) => bytes, false],
  ['a Uint8Array', (bytes) => new Uint8Array(bytes), false],
  ['a view into a longer array', (bytes) => new Uint8Array([9, ...bytes, 9]).subarray(1, -1), false],
  ['an ArrayBuffer', (bytes) => new Uint8Array(bytes).buffer, false],
  ['a Blob', (bytes) => new Blob([new Uint8Array(bytes)]), false],
  ['a stream of Node', (bytes) => Readable.from(inChunks(bytes, 1, 3, 7)), false],
  ['a stream of Node that declares its length', (bytes) => Readable.from(inChunks(bytes, 2)), true],
  ['a stream of the web', (bytes) => Readable.toWeb(Readable.from(inChunks(bytes, 5))), false],
  ['an async generator', (bytes) => inChunks(bytes, 4, 4), false],
];

describe.each(bodyKinds)('%s', (_, make, withLength) => {
  test.each([0, 1, 15, 16, 17, 1000])('of %i bytes is sealed, and opens', async (size) => {
    const { client, service, stored } = createScene();
    const plaintext = patternBytes(size, 'plain');
    const length = withLength ? { ContentLength: size } : {};
    await put(client, 'k', make(plaintext) as Buffer, length);
    expect(stored('k').content.length).toBe(size + tagBytes);
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(service.operations()).toEqual(['PutObject']);
    expect(await get(client, 'k')).toEqual(plaintext);
  });
});

test('text is sealed as UTF-8', async () => {
  const { client } = createScene();
  await put(client, 'k', 'Ünïcode 📦');
  expect((await get(client, 'k')).toString('utf8')).toBe('Ünïcode 📦');
});

test('a request without a body stores a sealed object of no bytes', async () => {
  const { client, stored } = createScene();
  await client.send(new PutObjectCommand({ Bucket: bucketName, Key: 'k' }));
  expect(stored('k').content.length).toBe(tagBytes);
  expect(await get(client, 'k')).toEqual(Buffer.alloc(0));
});

describe('a long body', () => {
  test.each([
    ['whose ciphertext fits one part', partBytes - tagBytes, ['PutObject']],
    [
      'whose tag alone is too much for one part',
      partBytes - tagBytes + 1,
      ['CreateMultipartUpload', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload'],
    ],
    [
      'of exactly one part',
      partBytes,
      ['CreateMultipartUpload', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload'],
    ],
  ])('%s is sent in the requests that it takes', async (_, size, operations) => {
    const { client, service, stored } = createScene();
    const plaintext = Buffer.alloc(size, patternBytes(64));
    await put(client, 'k', plaintext);
    expect(service.operations().sort()).toEqual([...operations].sort());
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(stored('k').content.length).toBe(size + tagBytes);
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
  });

  test('that does not tell its length goes in parts, and what S3 keeps has a checksum of the whole', async () => {
    const { client, service, stored } = createScene();
    const plaintext = Buffer.alloc(12 * 1024 * 1024, patternBytes(64));
    const answer = await put(client, 'k', Readable.from(inChunks(plaintext, 1_000_000, 3, 4_000_000)), {
      Metadata: { owner: 'ada' },
      ContentType: 'text/csv',
    });
    expect(service.requestsOf('UploadPart')).toHaveLength(2);
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(stored('k')).toMatchObject({
      checksumType: 'FULL_OBJECT',
      system: { 'content-type': 'text/csv' },
      metadata: { owner: 'ada', 'x-amz-c': '115' },
    });
    expect(answer).toMatchObject({ ETag: stored('k').etag });
    expect(Object.keys(answer).sort()).toEqual(['$metadata', 'ChecksumType', 'ETag']);
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
  }, 60_000);

  test('carries the conditions and the settings of its request', async () => {
    const { client, service } = createScene();
    await put(client, 'k', Buffer.alloc(partBytes), { IfNoneMatch: '*', StorageClass: 'STANDARD_IA' });
    const [created] = service.requestsOf('CreateMultipartUpload');
    const [completed] = service.requestsOf('CompleteMultipartUpload');
    expect(created?.headers['x-amz-storage-class']).toBe('STANDARD_IA');
    expect(completed?.headers['if-none-match']).toBe('*');
  });

  test('that breaks leaves no object and no upload', async () => {
    const { client, service, bucket } = createScene();
    async function* broken(): AsyncGenerator<Buffer> {
      yield* inChunks(Buffer.alloc(8 * 1024 * 1024));
      throw new Error('the source broke');
    }
    expect(await thrownBy(() => put(client, 'k', Readable.from(broken())))).toMatchObject({
      message: 'the source broke',
    });
    expect(bucket.keys()).toEqual([]);
    expect(service.uploads.open.size).toBe(0);
  });
});

describe('an upload in parts that fails', () => {
  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'])(
    'at its %s leaves no upload, and tells what S3 answered',
    async (operation) => {
      const { client, service, bucket } = createScene();
      service.plan(operation, refusing('SlowDown', 503));
      expect(await thrownBy(() => put(client, 'k', Buffer.alloc(2 * partBytes)))).toMatchObject({
        name: 'SlowDown',
      });
      expect(bucket.keys()).toEqual([]);
      expect(service.uploads.open.size).toBe(0);
    },
  );

  test('and whose abort fails, too, tells what failed first', async () => {
    const { client, service } = createScene();
    service.plan('UploadPart', refusing('SlowDown', 503));
    service.plan('AbortMultipartUpload', refusing('AccessDenied', 403));
    expect(await thrownBy(() => put(client, 'k', Buffer.alloc(2 * partBytes)))).toMatchObject({
      name: 'SlowDown',
    });
  });

  test('because it was aborted leaves no upload', async () => {
    const { clientWith, service, bucket } = createScene();
    const abort = new AbortController();
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(2 * partBytes);
      abort.abort();
      await new Promise(setImmediate);
      yield Buffer.alloc(2 * partBytes);
    }
    const command = new PutObjectCommand({ Bucket: bucketName, Key: 'k', Body: Readable.from(slow()) });
    await thrownBy(() => clientWith({ partsAtOnce: 1 }).send(command, { abortSignal: abort.signal }));
    expect(bucket.keys()).toEqual([]);
    expect(service.uploads.open.size).toBe(0);
  });
});

describe('the length that a request declares', () => {
  test.each([
    ['a buffer', (bytes: Buffer) => bytes],
    ['a stream', (bytes: Buffer) => Readable.from(inChunks(bytes, 5))],
  ])('must be that of %s', async (_, make) => {
    for (const declared of [19, 21]) {
      const { client, bucket } = createScene();
      const error = await failureOf(() =>
        put(client, 'k', make(patternBytes(20)), { ContentLength: declared }),
      );
      expect(error.code).toBe('CONTENT_LENGTH_MISMATCH');
      expect(error.fields).toMatchObject({ declaredBytes: declared, seenBytes: 20 });
      expect(bucket.keys()).toEqual([]);
    }
  });

  test('is refused over the limit of the format before anything is asked for', async () => {
    const { client, service, kms } = createScene();
    const error = await failureOf(() =>
      put(client, 'k', Readable.from(inChunks(patternBytes(20))), { ContentLength: 2 ** 36 - 31 }),
    );
    expect(error.code).toBe('CONTENT_TOO_LONG');
    expect(service.requests).toEqual([]);
    expect(kms.calls).toEqual([]);
  });
});

test('the checksums of a request are of the plaintext: they are verified, and not sent on', async () => {
  const { client, service } = createScene();
  const plaintext = patternBytes(100);
  const md5 = createHash('md5').update(plaintext).digest('base64');
  const sha256 = createHash('sha256').update(plaintext).digest('base64');
  const answer = await put(client, 'k', plaintext, { ContentMD5: md5, ChecksumSHA256: sha256 });
  const [request] = service.requests;
  expect(Object.keys(request?.headers ?? {})).not.toContain('content-md5');
  expect(Object.values(request?.headers ?? {})).not.toContain(sha256);
  expect(Object.keys(answer)).not.toContain('ChecksumCRC32');
});

test('the algorithm that a request asks for is computed of the ciphertext', async () => {
  const { client, stored } = createScene();
  await put(client, 'k', 'content', { ChecksumAlgorithm: 'SHA256' });
  const { content, checksums } = stored('k');
  expect(checksums).toEqual({ sha256: createHash('sha256').update(content).digest('base64') });
});

test.each([100, partBytes + 1])(
  'a body of %i bytes with the checksum of another one is not stored',
  async (size) => {
    const { client, service, bucket } = createScene();
    const error = await failureOf(() =>
      put(client, 'k', Buffer.alloc(size), { ContentMD5: createHash('md5').digest('base64') }),
    );
    expect(error.code).toBe('CHECKSUM_MISMATCH');
    expect(bucket.keys()).toEqual([]);
    expect(service.uploads.open.size).toBe(0);
  },
);

test('a sealed object cannot be appended to', async () => {
  const { client, service } = createScene();
  const error = await failureOf(() => put(client, 'k', 'more', { WriteOffsetBytes: 0 }));
  expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'WriteOffsetBytes' } });
  expect(service.requests).toEqual([]);
});

test('what S3 refuses is thrown as the SDK throws it', async () => {
  const { client, service } = createScene();
  service.plan('PutObject', refusing('AccessDenied', 403));
  expect(await thrownBy(() => put(client, 'k', 'x'))).toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
});

test('a write that is tried again sends the same ciphertext again', async () => {
  const { service, clientWith } = createScene();
  const client = clientWith({ s3Client: service.client({ maxAttempts: 3 }) });
  service.plan('PutObject', losingTheAnswer());
  await put(client, 'k', 'tried twice');
  const [first, second] = service.requestsOf('PutObject');
  expect(second?.body).toEqual(first?.body);
  expect((await get(client, 'k')).toString()).toBe('tried twice');
});

test.each([20, partBytes + 1])('a request of %i bytes that was aborted stores nothing', async (size) => {
  const { client, bucket, service } = createScene();
  const abort = new AbortController();
  abort.abort();
  const command = new PutObjectCommand({ Bucket: bucketName, Key: 'k', Body: Buffer.alloc(size) });
  await thrownBy(() => client.send(command, { abortSignal: abort.signal }));
  expect(bucket.keys()).toEqual([]);
  expect(service.uploads.open.size).toBe(0);
});

test.each([20, partBytes + 1])('a request of %i bytes that nobody aborts is stored', async (size) => {
  const { client, stored } = createScene();
  const { signal } = new AbortController();
  const command = new PutObjectCommand({ Bucket: bucketName, Key: 'k', Body: Buffer.alloc(size) });
  await client.send(command, { abortSignal: signal });
  expect(stored('k').content).toHaveLength(size + tagBytes);
});

test('the same content twice gives two different ciphertexts', async () => {
  const { client, stored } = createScene();
  await put(client, 'a', 'content');
  await put(client, 'b', 'content');
  expect(stored('a').content).not.toEqual(stored('b').content);
  expect(stored('a').metadata['x-amz-i']).not.toBe(stored('b').metadata['x-amz-i']);
});
