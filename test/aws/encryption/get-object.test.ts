import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import type { Keyring } from '../../../envelope/index.ts';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import {
  bucketName,
  createScene,
  expectClosed,
  get,
  put,
  type EncryptionScene,
} from '../../support/encryption-scene.ts';
import { altering, answeringWith, cuttingTheBody, refusing } from '../../support/fake-s3/faults.ts';

const lengths = [0, 1, 15, 16, 17, 1000, 100_003];

function answerTo(scene: EncryptionScene, more: object = {}): Promise<GetObjectCommandOutput> {
  return scene.client.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k', ...more }));
}

describe('the answer', () => {
  test('is that of the plaintext', async () => {
    const scene = createScene('Enabled');
    await put(scene.client, 'k', 'content', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      Metadata: { owner: 'ada' },
    });
    const answer = await answerTo(scene);
    expect(answer).toMatchObject({
      ContentLength: 7,
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      Metadata: { owner: 'ada' },
      ETag: scene.stored('k').etag,
      VersionId: scene.stored('k').versionId,
    });
    expect(Object.keys(answer)).not.toContain('ContentRange');
    const checksums = Object.keys(answer).filter((name) => /^Checksum(?!Type)/.test(name));
    expect(checksums).toEqual([]);
    await answer.Body?.transformToByteArray();
  });

  test('carries no record of a vault', async () => {
    const scene = createScene();
    const client = scene.clientWith({ vault: { vaultId: 'archive', binding: 'object' } });
    await put(client, 'k', 'content', { Metadata: { owner: 'ada' } });
    expect(Object.keys(scene.stored('k').metadata)).toContain('sealdrop-key');
    const { Metadata } = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k' }));
    expect(Metadata).toEqual({ owner: 'ada' });
  });

  test('has a body as the SDK has it', async () => {
    const scene = createScene();
    await put(scene.client, 'k', 'grün');
    expect(await (await answerTo(scene)).Body?.transformToString()).toBe('grün');
    expect(await (await answerTo(scene)).Body?.transformToString('base64')).toBe(
      Buffer.from('grün').toString('base64'),
    );
    expect(await (await answerTo(scene)).Body?.transformToByteArray()).toEqual(
      new Uint8Array(Buffer.from('grün')),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of ((await answerTo(scene)).Body?.transformToWebStream() ??
      []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).toString()).toBe('grün');
    expectClosed(scene);
  });

  test('follows the parameters that set its headers, and names an older version', async () => {
    const scene = createScene('Enabled');
    const { VersionId } = await put(scene.client, 'k', 'first');
    await put(scene.client, 'k', 'second');
    const answer = await answerTo(scene, { VersionId, ResponseContentType: 'x/y' });
    expect(answer).toMatchObject({ VersionId, ContentType: 'x/y' });
    expect(await answer.Body?.transformToString()).toBe('first');
  });
});

describe.each(['buffered', 'delayed'])('%s', (release) => {
  const options = { delayedAuthentication: release === 'delayed' };

  test.each(lengths)('%i bytes open, and the connection is free again', async (size) => {
    const scene = createScene();
    const client = scene.clientWith(options);
    const plaintext = patternBytes(size);
    await put(client, 'k', plaintext);
    scene.service.chunkBytes = 999;
    const answer = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k' }));
    expect(answer.ContentLength).toBe(size);
    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(plaintext);
    expectClosed(scene);
  });

  test('a body that is closed unread lets go of the connection', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(500_000));
    const { Body } = await scene
      .clientWith(options)
      .send(new GetObjectCommand({ Bucket: bucketName, Key: 'k' }));
    (Body as unknown as { destroy(): void }).destroy();
    await new Promise(setImmediate);
    expectClosed(scene);
  });

  test('an object without its tag fails before its data key is asked for', async () => {
    const scene = createScene();
    await put(scene.client, 'k', 'content');
    scene.bucket.write('k', { ...scene.stored('k'), content: Buffer.alloc(15), checksums: {} });
    scene.kms.calls.length = 0;
    const error = await failureOf(() => get(scene.clientWith(options), 'k'));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expect(scene.kms.calls).toEqual([]);
    expectClosed(scene);
  });

  test('an answer without its length is not believed', async () => {
    const scene = createScene();
    await put(scene.client, 'k', 'content');
    scene.service.plan('GetObject', answeringWith({ 'content-length': undefined }));
    const error = await failureOf(() => get(scene.clientWith(options), 'k'));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });
});

describe('the buffer', () => {
  test.each([
    [1000, 1000],
    [0, 1],
  ])('takes %i bytes at a limit of %i', async (size, bufferLimitBytes) => {
    const { client, clientWith } = createScene();
    await put(client, 'k', patternBytes(size));
    expect(await get(clientWith({ bufferLimitBytes }), 'k')).toHaveLength(size);
  });

  test('refuses one byte more before it reads the body', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(1001));
    const error = await failureOf(() => get(scene.clientWith({ bufferLimitBytes: 1000 }), 'k'));
    expect(error).toMatchObject({ code: 'BUFFER_LIMIT_EXCEEDED', fields: { limitBytes: 1000 } });
    expect(scene.service.bodies.at(-1)?.readableDidRead).toBe(false);
    expectClosed(scene);
  });

  test('refuses a body that is longer than its answer says', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(5000));
    scene.service.plan('GetObject', answeringWith({ 'content-length': '100' }));
    const error = await failureOf(() => get(scene.clientWith({ bufferLimitBytes: 1000 }), 'k'));
    expect(error.code).toBe('BUFFER_LIMIT_EXCEEDED');
    expectClosed(scene);
  });
});

test('what S3 refuses is thrown as the SDK throws it', async () => {
  const scene = createScene();
  expect(await thrownBy(() => answerTo(scene))).toMatchObject({ name: 'NoSuchKey' });
  scene.service.plan('GetObject', refusing('AccessDenied', 403));
  expect(await thrownBy(() => answerTo(scene))).toMatchObject({ name: 'AccessDenied' });
  await put(scene.client, 'k', 'content');
  const { etag } = scene.stored('k');
  expect(await thrownBy(() => answerTo(scene, { IfNoneMatch: etag }))).toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  expect(await thrownBy(() => answerTo(scene, { IfMatch: '"other"' }))).toMatchObject({
    name: 'PreconditionFailed',
  });
});

test('a connection that breaks within the body is an error, and frees its socket', async () => {
  const scene = createScene();
  await put(scene.client, 'k', patternBytes(200_000));
  scene.service.plan('GetObject', cuttingTheBody(100_000));
  expect(await thrownBy(() => answerTo(scene))).toMatchObject({ code: 'ECONNRESET' });
  expectClosed(scene);
});

test('a connection that breaks before the body is read, while the data key is asked for, is an error', async () => {
  const scene = createScene();
  await put(scene.client, 'k', patternBytes(200_000));
  const slowKeyring: Keyring = {
    generateDataKey: () => Promise.reject(new Error('not asked for')),
    decryptDataKey: async (...request) => {
      scene.service.bodies.at(-1)?.destroy(new Error('socket hang up'));
      await new Promise(setImmediate);
      return scene.keyring.decryptDataKey(...request);
    },
  };
  for (const delayedAuthentication of [false, true]) {
    const client = scene.clientWith({ keyring: slowKeyring, delayedAuthentication });
    expect(await thrownBy(() => get(client, 'k'))).toMatchObject({ message: 'socket hang up' });
  }
  expectClosed(scene);
});

test('a body that ends too early does not pass for the object', async () => {
  const scene = createScene();
  await put(scene.client, 'k', patternBytes(200_000));
  const cut = altering(({ status, headers, body }) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.includes('checksum'))),
    body: body.subarray(0, 100_000),
  }));
  scene.service.plan('GetObject', cut);
  expect((await failureOf(() => answerTo(scene))).code).toBe('AUTHENTICATION_FAILED');
  expectClosed(scene);
});

test('a request that was aborted before it was sent fails', async () => {
  const { client } = createScene();
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k' });
  const error = await thrownBy(() => client.send(command, { abortSignal: AbortSignal.abort() }));
  expect(error).toMatchObject({ name: 'AbortError' });
});

test.each([false, true])(
  'a request that is aborted while its body is read fails (delayed: %p)',
  async (delayed) => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(900_000));
    const client = scene.clientWith({ delayedAuthentication: delayed });
    const abort = new AbortController();
    scene.service.onChunk = () => {
      abort.abort();
    };
    const opening = async (): Promise<unknown> => {
      const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k' });
      const { Body } = await client.send(command, { abortSignal: abort.signal });
      return Body?.transformToByteArray();
    };
    expect(await thrownBy(opening)).toMatchObject({ name: 'AbortError' });
    expectClosed(scene);
  },
);
