import { describe, expect, test } from '@jest/globals';
import { hideSource } from '../../operations/move-object.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import { contextOf } from '../../operations/vault.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { createScene, fileAt, putSealed, sealedAt, type Scene } from './scene.ts';

const to = { bucket: 'sealed', key: 'c/b.txt' };

async function copied(scene: Scene) {
  const { store, keyring, vault } = scene;
  const { source, written } = await rebindObject(sealedAt, to, {
    ...{ store, keyring, vault, condition: { absent: true } },
  });
  const options = { from: store, to: store, expectedContext: contextOf(vault, to.key) };
  return { source, written, options };
}

describe('the source of a move', () => {
  test('is hidden, and its version stays', async () => {
    const scene = createScene();
    const sealed = await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    await hideSource(source, written, options);
    expect((await failureOf(() => scene.store.head(sealedAt))).code).toBe('OBJECT_NOT_FOUND');
    expect((await scene.store.head(sealed)).lengthBytes).toBe(26);
  });

  test('is hidden with its instruction file', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10), { instructionFiles: true });
    const { source, written, options } = await copied(scene);
    await hideSource(source, written, options);
    expect((await failureOf(() => scene.store.head(fileAt))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('stays where the copy is not what was copied', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10));
    const { source, options } = await copied(scene);
    const other = scene.store.put(to.bucket, to.key, patternBytes(26));
    expect((await failureOf(() => hideSource(source, other, options))).code).toBe('VERIFICATION_FAILED');
    expect(await scene.store.head(sealedAt)).toEqual(source);
  });

  test('stays where somebody replaced it meanwhile', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    await putSealed(scene, patternBytes(11));
    expect((await failureOf(() => hideSource(source, written, options))).code).toBe('OBJECT_CHANGED');
    expect((await scene.store.head(sealedAt)).lengthBytes).toBe(27);
  });

  test('stays where no version of it would', async () => {
    const scene = createScene({ store: { versioned: false } });
    await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    const failure = await failureOf(() => hideSource(source, written, options));
    expect(failure).toMatchObject({
      code: 'BUCKET_NOT_VERSIONED',
      message: 'to move s3://sealed/b/a.txt would destroy it: no version of it would stay',
    });
    expect(scene.store.countOf('hide')).toBe(0);
  });
});
