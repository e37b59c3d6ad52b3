import { describe, expect, test } from '@jest/globals';
import { allowing, inFile, kmsCalls, nextKey, onObject, rewrap } from './rewrap-scene.ts';
import { createScene, fileAt, openedText, putSealed, sealedAt } from './scene.ts';

describe.each([...onObject, ...inFile])('an object of %s', (name, how) => {
  const recordedAt = name.endsWith('file') ? fileAt : sealedAt;

  test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])(
    'moves to a key of the origin %s, and no later run moves it again',
    async (origin) => {
      // GIVEN a key that KMS describes without a current material
      const scene = createScene();
      await putSealed(scene, Buffer.from('content'), how);
      const next = await nextKey(scene, origin);
      expect(next.current.keyMaterialId).toBeUndefined();

      // WHEN it wraps, KMS names the material nevertheless
      expect(await rewrap(scene, next)).toMatchObject({ status: 'rewrapped' });
      const { metadata } = await scene.store.head(recordedAt);
      expect(metadata).toMatchObject({
        'sealdrop-key': next.keyArn,
        'sealdrop-material': expect.any(String) as unknown,
      });

      // THEN that is no older one
      expect(await rewrap(scene, next)).toMatchObject({ status: 'current' });
      expect(kmsCalls(scene)).toEqual([]);
      const reading = { ...scene.reading, keyring: next.keyring };
      expect(await openedText({ ...scene, reading }, sealedAt, allowing)).toBe('content');
    },
  );

  test('moves from a key in a key store to another key', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const store = await nextKey(scene, 'AWS_CLOUDHSM');
    await rewrap(scene, store);
    const kept = await nextKey({ kms: scene.kms, keyArn: store.keyArn });

    expect(await rewrap(scene, kept)).toMatchObject({ status: 'rewrapped' });
    expect(await rewrap(scene, kept)).toMatchObject({ status: 'current' });
  });

  test('follows each rotation of a key with imported material, once', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const imported = await nextKey(scene, 'EXTERNAL');
    await rewrap(scene, imported);
    expect(await rewrap(scene, imported)).toMatchObject({ status: 'current' });

    scene.kms.rotate(imported.keyArn);
    const current = await imported.keyring.currentWrapping();
    expect(await rewrap(scene, { keyring: imported.keyring, current })).toMatchObject({
      status: 'rewrapped',
    });
    expect(await rewrap(scene, { keyring: imported.keyring, current })).toMatchObject({ status: 'current' });
  });
});
