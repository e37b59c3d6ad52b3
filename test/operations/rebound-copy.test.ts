import { describe, expect, test } from '@jest/globals';
import { committingSuite, gcmSuite } from '../../envelope/index.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import { assertBoundTo, isReboundCopy } from '../../operations/rebound-copy.ts';
import { contextOf } from '../../operations/vault.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { createScene, putSealed, sealedAt, type Scene } from './scene.ts';

const to = { bucket: 'sealed', key: 'c/b.txt' };

/** A sealed object, and what a check of its copy needs. */
async function sealedScene(options: Parameters<typeof putSealed>[2] = {}) {
  const scene = createScene();
  await putSealed(scene, patternBytes(100), options);
  const { store, vault } = scene;
  const check = { store, expectedContext: contextOf(vault, to.key) };
  return { ...scene, check, source: await store.head(sealedAt) };
}

async function rebound({ store, keyring, vault }: Scene): Promise<Parameters<typeof isReboundCopy>[0]> {
  const { written } = await rebindObject(sealedAt, to, {
    store,
    keyring,
    vault,
    condition: { absent: true },
  });
  return store.head(written);
}

describe.each([
  ['V3', {}],
  ['V3 with an instruction file', { instructionFiles: true }],
  ['V2', { suite: gcmSuite }],
] as const)('of %s', (_, options) => {
  test('a copy that is bound to its place is one', async () => {
    const scene = await sealedScene({ suite: committingSuite, ...options });
    expect(await isReboundCopy(await rebound(scene), scene.source, scene.check)).toBe(true);
  });

  test('another object is none', async () => {
    const scene = await sealedScene({ suite: committingSuite, ...options });
    const copy = await rebound(scene);
    await putSealed(scene, patternBytes(100), { suite: committingSuite, ...options });
    expect(await isReboundCopy(copy, await scene.store.head(sealedAt), scene.check)).toBe(false);
  });
});

test('a copy that is bound to the place that it came from is none', async () => {
  const { store, source, check } = await sealedScene();
  const { metadata } = source;
  const copy = await store.head(
    await store.copy(source, { address: to, metadata, condition: { absent: true } }),
  );
  expect(await isReboundCopy(copy, source, check)).toBe(false);
});

test.each([false, true])(
  'a copy that another key wraps is none; in an instruction file: %s',
  async (instructionFiles) => {
    const scene = await sealedScene({ instructionFiles });
    const copy = await rebound(scene);
    const is = (keyArn: string) =>
      isReboundCopy(copy, scene.source, { ...scene.check, wrapping: { keyArn } });
    expect([await is(scene.keyArn), await is('another')]).toEqual([true, false]);
  },
);

test('what is not sealed is no copy', async () => {
  const { store, source, check } = await sealedScene();
  const plain = await store.head(store.put('sealed', to.key, patternBytes(116)));
  expect(await isReboundCopy(plain, plain, check)).toBe(false);
  expect(await isReboundCopy(plain, source, check)).toBe(false);
});

test.each([
  ['bound elsewhere', {}, 'CONTEXT_MISMATCH'],
  ['not sealed', { plain: true }, 'INSTRUCTION_FILE_MISSING'],
])('what is %s is not bound as expected', async (_, { plain = false }: { plain?: boolean }, code) => {
  const { store, source, check } = await sealedScene();
  const object = plain ? await store.head(store.put('sealed', 'plain', patternBytes(5))) : source;
  const failure = await failureOf(() => assertBoundTo(object, check));
  expect([code, 'NOT_SEALED']).toContain(failure.code);
});
