import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { hideSource } from '../../operations/move-object.ts';
import { rebindObject, type ReboundObject } from '../../operations/rebind-object.ts';
import { contextOf } from '../../operations/vault.ts';
import { failureOf } from '../support/bytes.ts';
import { allowing, inFile, kmsCalls, rewrap } from './rewrap-scene.ts';
import { alterSealed, createScene, fileAt, openedText, putSealed, sealedAt, verify } from './scene.ts';
import type { Scene } from './scene.ts';

const movedAt = { bucket: 'sealed', key: 'c/moved.txt' };

describe.each(inFile)('an object of %s', (_, how) => {
  /** The next writer writes its file, and stops before its object. */
  async function stopBetween(scene: Scene): Promise<void> {
    scene.store.before('write', () => undefined);
    scene.store.before('write', () => {
      throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
    });
    await failureOf(() => putSealed(scene, Buffer.from('later'), how));
  }

  /** An object whose file was rewrapped, and whose first version of the file has expired since. */
  async function longRewrapped(): Promise<Scene> {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), how);
    const { address } = await scene.store.head(fileAt);
    scene.kms.rotate(scene.keyArn);
    await rewrap(scene);
    scene.store.destroy(address);
    return scene;
  }

  const opens = (scene: Scene, at: ObjectAddress = sealedAt): Promise<string> =>
    openedText(scene, at, allowing);
  const rebind = ({ store, keyring, vault }: Scene): Promise<ReboundObject> =>
    rebindObject(sealedAt, movedAt, { store, keyring, vault, condition: { absent: true } });

  test('opens after writers that stopped between file and object, by the file that those replaced', async () => {
    const scene = await longRewrapped();
    for (let writers = 0; writers < 3; writers += 1) {
      await stopBetween(scene);
      expect(await opens(scene)).toBe('first');
    }
  });

  test('that another client wrote opens after such a writer, too, and is repaired', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), how);
    const withoutRecord = { 'sealdrop-instruction-version': '' };
    await alterSealed(scene, {
      metadata: (all) => Object.fromEntries(Object.entries(all).filter(([name]) => !(name in withoutRecord))),
    });
    await stopBetween(scene);
    if (how.suite === undefined) expect(await opens(scene)).toBe('first');
    const options = { keyring: scene.keyring, ...allowing, repair: true };
    expect(await verify(scene, options)).toEqual({ status: 'repaired' });
    expect(await opens(scene)).toBe('first');
  });

  test('is repaired by that file', async () => {
    const scene = await longRewrapped();
    await stopBetween(scene);
    const options = { keyring: scene.keyring, ...allowing };
    expect(await verify(scene, options)).toMatchObject({ error: { code: 'INSTRUCTION_FILE_STALE' } });
    expect(await verify(scene, { ...options, repair: true })).toEqual({ status: 'repaired' });
    expect(await verify(scene, options)).toEqual({ status: 'sound' });
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
  });

  test('is not rewrapped by a file of another write, of which none is said to be its own', async () => {
    const scene = await longRewrapped();
    await stopBetween(scene);
    const standing = await scene.store.head(fileAt);
    scene.kms.rotate(scene.keyArn);
    expect((await failureOf(() => rewrap(scene))).code).toBe('INSTRUCTION_FILE_STALE');
    expect(kmsCalls(scene)).toEqual([]);
    expect(await scene.store.head(fileAt)).toEqual(standing);
  });

  test('whose file nobody knows is rewrapped without being said to be of that write', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), how);
    const { address, metadata } = await scene.store.head(fileAt);
    const restored = scene.store.put(fileAt.bucket, fileAt.key, scene.store.contentOf(fileAt), { metadata });
    scene.store.destroy(address);
    scene.kms.rotate(scene.keyArn);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    const { 'sealdrop-instruction-version': noted } = (await scene.store.head(fileAt)).metadata;
    expect(noted).toBe(restored.versionId);
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
    expect(await opens(scene)).toBe('first');
  });

  test('is rebound by the version that it records, or by the one that was replaced, and may be moved', async () => {
    for (const make of [longRewrapped, recorded]) {
      const scene = await make();
      await stopBetween(scene);
      const { store, vault } = scene;
      const { source, written } = await rebind(scene);
      expect(await opens(scene, movedAt)).toBe('first');
      // Nothing on an object of V2 tells that one is a copy of the other: it is never hidden.
      if (how.suite !== undefined) continue;
      const expectedContext = contextOf(vault, movedAt.key);
      await hideSource(source, written, { from: store, to: store, expectedContext });
      expect(await opens(scene, movedAt)).toBe('first');
    }
  });

  test('is not rebound where no file is known to be its own', async () => {
    const scene = await recorded();
    const { address } = await scene.store.head(fileAt);
    await stopBetween(scene);
    scene.store.destroy(address);
    scene.kms.calls.length = 0;
    expect((await failureOf(() => rebind(scene))).code).toBe('INSTRUCTION_FILE_STALE');
    expect(kmsCalls(scene)).toEqual([]);
    expect((await failureOf(() => scene.store.head(movedAt))).code).toBe('OBJECT_NOT_FOUND');
  });

  async function recorded(): Promise<Scene> {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), how);
    return scene;
  }
});
