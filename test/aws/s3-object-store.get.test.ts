import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, gather, patternBytes } from '../support/bytes.ts';
import { expectClosed } from '../support/encryption-scene.ts';
import { checksumOf } from '../support/fake-s3/checksums.ts';
import { after, answeringWith, refusing } from '../support/fake-s3/faults.ts';
import { address, createStoreScene, rangeBytes } from '../support/store-scene.ts';

describe('getting an object', () => {
  test.each([
    [1, ['0-99']],
    [99, ['0-99']],
    [100, ['0-99']],
    [101, ['0-99', '100-100']],
    [200, ['0-99', '100-199']],
    [201, ['0-99', '100-199', '200-200']],
    [1000, ['0-99', ...Array.from({ length: 9 }, (_, part) => `${part + 1}00-${part + 1}99`)]],
  ])('of %i bytes asks for each byte once: %j', async (lengthBytes, expected) => {
    const scene = createStoreScene();
    const bytes = patternBytes(lengthBytes);
    await scene.put(bytes);
    const { object, content } = await scene.store.get(address);
    expect(object.lengthBytes).toBe(lengthBytes);
    expect((await gather(content)).equals(bytes)).toBe(true);
    expect(scene.ranges()).toEqual(expected.map((range) => `bytes=${range}`));
    expect(scene.service.requests).toHaveLength(expected.length);
    expectClosed(scene);
  });

  test('of 0 bytes, whose every range S3 refuses, takes one look more', async () => {
    const { service, store, put } = createStoreScene();
    await put(Buffer.alloc(0));
    const { object, content } = await store.get(address);
    expect(object).toEqual(await store.head(address));
    expect(await gather(content)).toHaveLength(0);
    expect(service.operations()).toEqual(['GetObject', 'HeadObject', 'HeadObject']);
  });

  test('takes a refused range for an empty object whatever the error is called', async () => {
    const { service, store, put } = createStoreScene();
    await put(Buffer.alloc(0));
    service.plan('GetObject', refusing('RequestedRangeNotSatisfiable', 416));
    expect((await store.get(address)).object.lengthBytes).toBe(0);
  });

  test('that is empty no more at the second look reads what is there then', async () => {
    const { service, store, put } = createStoreScene();
    await put(Buffer.alloc(0));
    service.plan(
      'HeadObject',
      after(() => put(patternBytes(150))),
    );
    const { content } = await store.get(address);
    expect((await gather(content)).equals(patternBytes(150))).toBe(true);
  });

  test('that is empty and gone at the second look is OBJECT_NOT_FOUND', async () => {
    const { service, store, plain, put } = createStoreScene();
    await put(Buffer.alloc(0));
    service.plan(
      'HeadObject',
      after(() => plain.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: address.key }))),
    );
    expect((await failureOf(() => store.get(address))).code).toBe('OBJECT_NOT_FOUND');
  });

  test.each([1, 100, 101])(
    'of %i bytes tells all that a look tells, but for the checksum',
    async (lengthBytes) => {
      const { store, put } = createStoreScene('Enabled');
      await put(patternBytes(lengthBytes));
      const { crc32, checksum, ...told } = await store.head(address);
      expect(checksum).toEqual({ algorithm: 'CRC32', value: crc32, isOfWhole: true });
      expect((await store.get(address)).object).toEqual(told);
      expect(told.lastModified).toEqual(expect.any(Date));
      expect(told.metadata).toEqual({ title: 'x' });
      expect(told.address.versionId).toBe('v1');
    },
  );

  test('reads no further than the first range before somebody asks', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(1000));
    const { content } = await scene.store.get(address);
    const iterator = content[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toHaveLength(rangeBytes);
    expect(scene.ranges()).toHaveLength(1);
    expectClosed(scene);
  });

  test('stops what is under way where its reader stops early', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(1000));
    const { content } = await scene.store.get(address);
    let chunks = 0;
    for await (const chunk of content) {
      expect(chunk).toHaveLength(rangeBytes);
      if ((chunks += 1) === 2) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scene.ranges().length).toBeLessThanOrEqual(4);
    expectClosed(scene);
  });
});

describe('the checksum that comes with a range', () => {
  const answering = async (first: Buffer) =>
    answeringWith({
      'x-amz-checksum-crc32': await checksumOf('crc32', first),
      'x-amz-checksum-type': 'FULL_OBJECT',
    });

  test('is that of the object where the range is all of it', async () => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(100));
    service.plan('GetObject', await answering(patternBytes(100)));
    expect((await store.get(address)).object.crc32).toBe(await checksumOf('crc32', patternBytes(100)));
  });

  test('is not taken for that of an object that goes on', async () => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(101));
    service.plan('GetObject', await answering(patternBytes(100)));
    expect((await store.get(address)).object.crc32).toBeUndefined();
  });
});

test('a version that is asked for is the one that every request names', async () => {
  const { service, store, put } = createStoreScene('Enabled');
  const versionId = (await put(patternBytes(250))) ?? '';
  await put(patternBytes(250, 'new'));
  const { object, content } = await store.get({ ...address, versionId });
  expect(object.address).toEqual({ ...address, versionId });
  expect((await gather(content)).equals(patternBytes(250))).toBe(true);
  const requests = service.requestsOf('GetObject');
  expect(requests.map(({ query }) => query['versionId'])).toEqual(['v1', 'v1', 'v1']);
  expect(requests.map(({ headers }) => headers['if-match'])).toEqual([undefined, object.etag, object.etag]);
});
