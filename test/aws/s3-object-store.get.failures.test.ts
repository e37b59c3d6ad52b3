import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import type { StoredContent } from '../../operations/object-store.ts';
import { failureOf, gather, patternBytes } from '../support/bytes.ts';
import { expectClosed } from '../support/encryption-scene.ts';
import { after, altering, answeringWith, cuttingTheBody, refusing } from '../support/fake-s3/faults.ts';
import { address, createStoreScene, rangeBytes } from '../support/store-scene.ts';

/** Reads chunk by chunk, and keeps what came before an error. */
async function readUntilFailure({ content }: StoredContent): Promise<{ code: string; before: Buffer }> {
  const chunks: Uint8Array[] = [];
  const failure = await failureOf(async () => {
    for await (const chunk of content) chunks.push(chunk);
  });
  return { code: failure.code, before: Buffer.concat(chunks) };
}

describe('a connection that breaks', () => {
  test.each([0, 1, 99])('after %i bytes of the first range costs that range', async (cutAtBytes) => {
    const scene = createStoreScene();
    await scene.put(patternBytes(150));
    scene.service.plan('GetObject', cuttingTheBody(cutAtBytes));
    const { content } = await scene.store.get(address);
    expect((await gather(content)).equals(patternBytes(150))).toBe(true);
    expect(scene.ranges()).toEqual(['bytes=0-99', 'bytes=0-99', 'bytes=100-149']);
  });

  test('in a later range costs that range', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(150));
    scene.service.plan('GetObject', cuttingTheBody(20), 1);
    const { content } = await scene.store.get(address);
    expect((await gather(content)).equals(patternBytes(150))).toBe(true);
    expect(scene.ranges()).toEqual(['bytes=0-99', 'bytes=100-149', 'bytes=100-149']);
  });

  test('four times is SERVICE_UNAVAILABLE', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(50));
    for (let time = 0; time < 4; time += 1) scene.service.plan('GetObject', cuttingTheBody(20));
    expect((await failureOf(() => scene.store.get(address))).code).toBe('SERVICE_UNAVAILABLE');
    expect(scene.ranges()).toHaveLength(4);
  });

  test('before an object is replaced reads the new one, from its beginning', async () => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(50));
    service.plan('GetObject', cuttingTheBody(20));
    service.plan(
      'GetObject',
      after(() => put(patternBytes(70, 'new'))),
    );
    const { object, content } = await store.get(address);
    expect((await gather(content)).equals(patternBytes(70, 'new'))).toBe(true);
    expect(object).toMatchObject({ lengthBytes: 70, etag: (await store.head(address)).etag });
  });
});

describe('an object that is replaced between the first range and the second', () => {
  test.each([
    ['of the same length', 150],
    ['shorter', 40],
    ['longer', 500],
  ])('without versions is OBJECT_CHANGED, the new one being %s', async (_, lengthBytes) => {
    const { store, put } = createStoreScene();
    await put(patternBytes(150));
    const got = await store.get(address);
    await put(patternBytes(lengthBytes, 'new'));
    expect(await readUntilFailure(got)).toEqual({
      code: 'OBJECT_CHANGED',
      before: patternBytes(150).subarray(0, rangeBytes),
    });
  });

  test('with versions is read on, since its version is still there', async () => {
    const { service, store, put } = createStoreScene('Enabled');
    await put(patternBytes(150));
    const { content } = await store.get(address);
    await put(patternBytes(150, 'new'));
    expect((await gather(content)).equals(patternBytes(150))).toBe(true);
    expect(service.requestsOf('GetObject').map(({ query }) => query['versionId'])).toEqual(['v1']);
  });

  test('and gone is OBJECT_NOT_FOUND', async () => {
    const { store, plain, put } = createStoreScene();
    await put(patternBytes(150));
    const got = await store.get(address);
    await plain.send(new DeleteObjectCommand({ Bucket: address.bucket, Key: address.key }));
    expect((await readUntilFailure(got)).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('an answer', () => {
  test.each([[undefined], [''], ['bytes */150'], ['bytes 0-99/*'], ['bytes 0-199/150'], ['0-99/150']])(
    'with the Content-Range %j is SERVICE_FAILED, and its body is closed',
    async (range) => {
      const scene = createStoreScene();
      await scene.put(patternBytes(150));
      scene.service.plan('GetObject', answeringWith({ 'content-range': range }));
      expect((await failureOf(() => scene.store.get(address))).code).toBe('SERVICE_FAILED');
      expect(scene.ranges()).toHaveLength(1);
      expectClosed(scene);
    },
  );

  test.each([
    ['shorter', 40],
    ['longer', 120],
  ])('with a body that is %s than its Content-Range is CONTENT_LENGTH_MISMATCH', async (_, bytes) => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(150));
    const altered = altering((answer) => ({
      ...answer,
      headers: { ...answer.headers, 'content-length': String(bytes) },
      body: patternBytes(bytes),
    }));
    for (let time = 0; time < 4; time += 1) service.plan('GetObject', altered);
    expect((await failureOf(() => store.get(address))).code).toBe('CONTENT_LENGTH_MISMATCH');
  });

  test('without an ETag is SERVICE_FAILED: what follows could be of another object', async () => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(150));
    service.plan('GetObject', answeringWith({ etag: undefined }));
    expect((await failureOf(() => store.get(address))).code).toBe('SERVICE_FAILED');
  });

  test.each([
    ['NoSuchKey', 404, 'OBJECT_NOT_FOUND'],
    ['MethodNotAllowed', 405, 'OBJECT_NOT_FOUND'],
    ['NoSuchBucket', 404, 'BUCKET_NOT_FOUND'],
    ['AccessDenied', 403, 'ACCESS_DENIED'],
    ['SlowDown', 503, 'THROTTLED'],
  ])('of %s (%i) is %s, and names the action', async (name, status, code) => {
    const { service, store, put } = createStoreScene();
    await put(patternBytes(150));
    service.plan('GetObject', refusing(name, status));
    const failure = await failureOf(() => store.get(address));
    expect(failure.code).toBe(code);
    expect(failure.fields).toMatchObject({ action: 's3:GetObject', resource: 's3://bucket/folder/a b.txt' });
  });
});

describe('a get that is stopped', () => {
  test('before it begins is ABORTED', async () => {
    const { store, put } = createStoreScene();
    await put(patternBytes(150));
    expect((await failureOf(() => store.get(address, AbortSignal.abort()))).code).toBe('ABORTED');
  });

  test('within the first range is ABORTED, and not tried again', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(150));
    const controller = new AbortController();
    scene.service.onChunk = () => {
      controller.abort();
    };
    expect((await failureOf(() => scene.store.get(address, controller.signal))).code).toBe('ABORTED');
    expect(scene.ranges()).toHaveLength(1);
    expectClosed(scene);
  });

  test('before the second range is ABORTED', async () => {
    const scene = createStoreScene();
    await scene.put(patternBytes(150));
    const controller = new AbortController();
    const got = await scene.store.get(address, controller.signal);
    controller.abort();
    expect((await readUntilFailure(got)).code).toBe('ABORTED');
    expectClosed(scene);
  });
});
