import { describe, expect, test } from '@jest/globals';
import { committingSuite, gcmSuite } from '../../envelope/index.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import type { StoredChecksum, StoredObject } from '../../operations/object-store.ts';
import { assertBoundTo, haveSameBytes, isReboundCopy } from '../../operations/rebound-copy.ts';
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
  ['V2 with an instruction file', { suite: gcmSuite, instructionFiles: true }],
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

  test('another object is none, also where no bytes can be compared', async () => {
    const scene = await sealedScene({ suite: committingSuite, ...options });
    const copy = untold(await rebound(scene));
    expect(await isReboundCopy(copy, untold(scene.source), scene.check)).toBe(true);
    await putSealed(scene, patternBytes(100), { suite: committingSuite, ...options });
    const other = untold(await scene.store.head(sealedAt));
    expect(await isReboundCopy(copy, other, scene.check)).toBe(false);
  });

  test('a copy with other bytes is none', async () => {
    const scene = await sealedScene({ suite: committingSuite, ...options });
    const copy = { ...(await rebound(scene)), crc32: 'AAAAAA==' };
    expect(await isReboundCopy(copy, scene.source, scene.check)).toBe(false);
  });
});

/** An object of which the store computed nothing that can be compared. */
function untold({ crc32: _, ...object }: StoredObject): StoredObject {
  return { ...object, serverSideEncryption: 'aws:kms' };
}

describe('bytes', () => {
  const [one, two] = ['1'.repeat(32), '2'.repeat(32)];
  const sum = (value: string, more: Partial<StoredChecksum> = {}): Partial<StoredObject> => ({
    ...{ etag: '"x"', checksum: { algorithm: 'SHA256', value, isOfWhole: true, ...more } },
  });
  const object = (facts: Partial<StoredObject>): StoredObject => ({
    ...{ address: sealedAt, etag: `"${one}"`, lengthBytes: 5, metadata: {}, headers: {}, ...facts },
  });

  test.each<[boolean | undefined, string, Partial<StoredObject>, Partial<StoredObject>]>([
    [true, 'ETags', {}, {}],
    [false, 'ETags', {}, { etag: `"${two}"` }],
    [false, 'lengths', {}, { lengthBytes: 6 }],
    [true, 'CRC-32', { crc32: 'a' }, { crc32: 'a', etag: '"x"' }],
    [false, 'CRC-32', { crc32: 'a' }, { crc32: 'b' }],
    [true, 'ETags, where one has a CRC-32', { crc32: 'a' }, {}],
    [true, 'another checksum', sum('a'), sum('a')],
    [false, 'another checksum', sum('a'), sum('b')],
    [undefined, 'two other checksums', sum('a'), sum('a', { algorithm: 'SHA1' })],
    [undefined, 'checksums of parts', sum('a', { isOfWhole: false }), sum('a', { isOfWhole: false })],
    [true, 'ETags of parts', { etag: `"${one}-2"` }, { etag: `"${one}-2"` }],
    [undefined, 'ETags of parts', { etag: `"${one}-2"` }, { etag: `"${one}-3"` }],
    [undefined, 'ETags of parts and of one', {}, { etag: `"${one}-3"` }],
    [true, 'ETags of S3', { serverSideEncryption: 'AES256' }, {}],
    [undefined, 'ETags under a key', { serverSideEncryption: 'aws:kms' }, {}],
    [undefined, 'ETags under a key', {}, { serverSideEncryption: 'aws:kms:dsse' }],
  ])('are the same: %s, by %s', (same, _, a, b) => {
    expect([haveSameBytes(object(a), object(b)), haveSameBytes(object(b), object(a))]).toEqual([same, same]);
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
