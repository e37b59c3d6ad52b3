import { describe, expect, test } from '@jest/globals';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import { crc32Of } from '../../operations/crc32.ts';
import type { ObjectToWrite } from '../../operations/object-store.ts';
import { failureOf, inChunks, patternBytes, thrownBy } from '../support/bytes.ts';
import { FakeS3 } from '../support/fake-s3.ts';
import { after, refusing } from '../support/fake-s3/faults.ts';

const partSizeBytes = 5 * 1024 * 1024;
/** What each of S3's 10,000 parts must hold, so that the longest object fits: about 64 GiB. */
const largePartBytes = Math.ceil((2 ** 36 - 32 + 16) / 10_000);
const pattern = patternBytes(3 * largePartBytes);
const closed = new Error('the source is closed');

function createWorld() {
  const service = new FakeS3();
  const bucket = service.createBucket('bucket', 'Enabled');
  const store = new S3ObjectStore({ client: service.client(), partSizeBytes, partsAtOnce: 2 });
  return { service, bucket, store };
}

/** An object of unknown length, and whether its source was closed. */
function objectOf(chunks: AsyncIterable<Uint8Array>): { object: ObjectToWrite; isClosed: () => boolean } {
  let isClosed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } finally {
      isClosed = true;
    }
  }
  const checksum = crc32Of(source());
  const object: ObjectToWrite = {
    ...{ bucket: 'bucket', key: 'in/a.txt', body: checksum.body, crc32: () => checksum.base64() },
    ...{ metadata: { title: 'x' }, headers: { contentType: 'text/csv' }, tags: {} },
    condition: { absent: true },
  };
  return { object, isClosed: () => isClosed };
}

const cut = (lengthBytes: number): AsyncIterable<Uint8Array> =>
  inChunks(pattern.subarray(0, lengthBytes), ...Array.from({ length: 400 }, () => 64 * 1024));

/** Ends with an error after so many bytes. */
async function* breakingAfter(lengthBytes: number): AsyncGenerator<Uint8Array> {
  yield* cut(lengthBytes);
  throw closed;
}

/** A source that never ends. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await new Promise(setImmediate);
    yield pattern.subarray(0, 64 * 1024);
  }
}

async function eventuallyClosed(isClosed: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !isClosed(); turn += 1) await new Promise(setImmediate);
  expect(isClosed()).toBe(true);
}

describe('an object whose length is not known', () => {
  test.each([0, 1, partSizeBytes, partSizeBytes + 1, largePartBytes - 1, largePartBytes])(
    'is one request where it turns out to have %i bytes',
    async (lengthBytes) => {
      const { service, bucket, store } = createWorld();
      const { object, isClosed } = objectOf(cut(lengthBytes));
      const written = await store.write(object);
      expect(written).toEqual({ bucket: 'bucket', key: 'in/a.txt', versionId: 'v1' });
      expect(service.operations()).toEqual(['PutObject']);
      const stored = bucket.find('in/a.txt');
      expect(stored.content.equals(pattern.subarray(0, lengthBytes))).toBe(true);
      expect(stored).toMatchObject({ metadata: { title: 'x' }, system: { 'content-type': 'text/csv' } });
      expect(service.requests[0]?.headers['x-amz-checksum-crc32']).toBe(object.crc32());
      expect(isClosed()).toBe(true);
    },
  );

  test.each([
    [largePartBytes + 1, [largePartBytes, 1]],
    [2 * largePartBytes + 17, [largePartBytes, largePartBytes, 17]],
  ])('of %i bytes is uploaded in parts of %j', async (lengthBytes, expected) => {
    const { service, bucket, store } = createWorld();
    const { object, isClosed } = objectOf(cut(lengthBytes));
    await store.write(object);
    const stored = bucket.find('in/a.txt');
    expect(stored.content.equals(pattern.subarray(0, lengthBytes))).toBe(true);
    expect(stored.partLengths).toEqual(expected);
    expect(stored).toMatchObject({ metadata: { title: 'x' }, system: { 'content-type': 'text/csv' } });
    expect(service.uploads.open.size).toBe(0);
    expect(isClosed()).toBe(true);
  });

  test.each([0, 1, largePartBytes])('that breaks after %i bytes is not sent at all', async (lengthBytes) => {
    const { service, store } = createWorld();
    const { object, isClosed } = objectOf(breakingAfter(lengthBytes));
    expect((await thrownBy(() => store.write(object))) as Error).toMatchObject({ cause: closed });
    expect(service.operations()).toEqual([]);
    expect(isClosed()).toBe(true);
  });

  test.each([largePartBytes + 1, 2 * largePartBytes + 17])(
    'that breaks after %i bytes leaves neither an object nor an upload behind',
    async (lengthBytes) => {
      const { service, bucket, store } = createWorld();
      const { object, isClosed } = objectOf(breakingAfter(lengthBytes));
      expect((await thrownBy(() => store.write(object))) as Error).toMatchObject({ cause: closed });
      expect(bucket.keys()).toEqual([]);
      expect(service.uploads.open.size).toBe(0);
      expect(service.requestsOf('CompleteMultipartUpload')).toEqual([]);
      expect(isClosed()).toBe(true);
    },
  );

  test.each([
    ['the upload', 'CreateMultipartUpload', 0],
    ['its first part', 'UploadPart', 0],
    ['its third part', 'UploadPart', 2],
  ])('has its source closed where %s is refused', async (_, operation, passing) => {
    const { service, bucket, store } = createWorld();
    const { object, isClosed } = objectOf(endless());
    service.plan(operation, refusing('AccessDenied', 403), passing);
    expect((await failureOf(() => store.write(object))).code).toBe('ACCESS_DENIED');
    await eventuallyClosed(isClosed);
    expect(service.uploads.open.size).toBe(0);
    expect(bucket.keys()).toEqual([]);
  });

  test('has its source closed where the write is stopped', async () => {
    const { service, store } = createWorld();
    const { object, isClosed } = objectOf(endless());
    const controller = new AbortController();
    service.plan(
      'UploadPart',
      after(() => {
        controller.abort();
      }),
      1,
    );
    expect((await failureOf(() => store.write(object, controller.signal))).code).toBe('ABORTED');
    await eventuallyClosed(isClosed);
    expect(service.uploads.open.size).toBe(0);
  });

  test.each([10, partSizeBytes + 1, largePartBytes + 1])(
    'of %i bytes does not come to be where it arrives with another checksum',
    async (lengthBytes) => {
      const { service, bucket, store } = createWorld();
      const object = { ...objectOf(cut(lengthBytes)).object, crc32: () => 'AAAAAA==' };
      expect((await failureOf(() => store.write(object))).code).toBe('VERIFICATION_FAILED');
      expect(bucket.keys()).toEqual([]);
      expect(service.uploads.open.size).toBe(0);
    },
  );

  test('does not replace what stands there where its condition does not hold', async () => {
    const { bucket, store } = createWorld();
    await store.write(objectOf(cut(10)).object);
    for (const lengthBytes of [5, largePartBytes + 1]) {
      expect((await failureOf(() => store.write(objectOf(cut(lengthBytes)).object))).code).toBe(
        'OBJECT_CHANGED',
      );
    }
    expect(bucket.find('in/a.txt').content).toEqual(pattern.subarray(0, 10));
  });
});
