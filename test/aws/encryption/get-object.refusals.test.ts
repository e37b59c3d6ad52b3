import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, withFlippedBit } from '../../support/bytes.ts';
import {
  bucketName,
  createScene,
  expectClosed,
  get,
  put,
  type EncryptionScene,
} from '../../support/encryption-scene.ts';
import { answeringWith } from '../../support/fake-s3/faults.ts';

/** Flips a bit of what is stored. */
function alter({ bucket, stored }: EncryptionScene, key: string, offset: number): void {
  const version = stored(key);
  bucket.write(key, { ...version, content: withFlippedBit(version.content, offset), checksums: {} });
}

function answerTo(scene: EncryptionScene, more: object = {}): Promise<GetObjectCommandOutput> {
  return scene.client.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k', ...more }));
}

describe('an altered object', () => {
  test.each([0, 50_000, -17, -1])('(bit at byte %i) releases nothing', async (offset) => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(100_003));
    alter(scene, 'k', offset);
    const error = await failureOf(() => answerTo(scene));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });

  test('ends its stream with an error under delayed authentication', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(100_003));
    alter(scene, 'k', -1);
    const client = scene.clientWith({ delayedAuthentication: true });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k' }));
    let seenBytes = 0;
    const error = await failureOf(async () => {
      for await (const chunk of Body as AsyncIterable<Uint8Array>) seenBytes += chunk.length;
    });
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expect(seenBytes).toBe(100_003);
    expectClosed(scene);
  });

  test('with another commitment is refused before anything is decrypted', async () => {
    const scene = createScene();
    await put(scene.client, 'k', 'content');
    const { metadata } = scene.stored('k');
    const other = Buffer.from(metadata['x-amz-d'] ?? '', 'base64');
    scene.bucket.write('k', {
      ...scene.stored('k'),
      metadata: { ...metadata, 'x-amz-d': withFlippedBit(other, 0).toString('base64') },
    });
    const client = scene.clientWith({ delayedAuthentication: true });
    expect((await failureOf(() => get(client, 'k'))).code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });
});

describe('what is refused', () => {
  test('an object that is not sealed', async () => {
    const scene = createScene();
    await put(scene.plain, 'k', 'in the clear');
    expect((await failureOf(() => answerTo(scene))).code).toBe('NOT_SEALED');
    expectClosed(scene);
  });

  test('one part of an object', async () => {
    const scene = createScene();
    const error = await failureOf(() => answerTo(scene, { PartNumber: 1 }));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'PartNumber' } });
    expect(scene.service.requests).toEqual([]);
  });

  test('a range that nobody asked for', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(100));
    scene.service.plan('GetObject', answeringWith({ 'content-range': 'bytes 0-115/116' }));
    expect((await failureOf(() => answerTo(scene))).code).toBe('SERVICE_FAILED');
    expectClosed(scene);
  });

  test('an object of another context', async () => {
    const scene = createScene();
    await put(scene.clientWith({ encryptionContext: { team: 'blue' } }), 'k', 'content');
    scene.kms.calls.length = 0;
    for (const client of [scene.client, scene.clientWith({ encryptionContext: { team: 'red' } })]) {
      expect((await failureOf(() => get(client, 'k'))).code).toBe('CONTEXT_MISMATCH');
    }
    expect(scene.kms.calls).toEqual([]);
    expectClosed(scene);
  });

  test('an object of a vault that was moved to another key', async () => {
    const scene = createScene();
    const client = scene.clientWith({ vault: { vaultId: 'archive', binding: 'object' } });
    await put(client, 'k', 'content');
    scene.bucket.write('elsewhere', scene.stored('k'));
    expect((await get(client, 'k')).toString()).toBe('content');
    expect((await failureOf(() => get(client, 'elsewhere'))).code).toBe('CONTEXT_MISMATCH');
  });
});
