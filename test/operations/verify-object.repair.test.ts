import { describe, expect, test } from '@jest/globals';
import {
  encodeInstructionFile,
  gcmSuite,
  parseInstructionFile,
  SealdropError,
  type AlgorithmSuite,
} from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import type { VerifyOptions } from '../../operations/verify-object.ts';
import { failureOf, isWiped, withFlippedBit } from '../support/bytes.ts';
import { v2Metadata, wellFormedMetadata, without } from '../support/envelopes.ts';
import {
  alterSealed,
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  putSealed,
  sealedAt,
  verdictOf,
  verify,
  type Scene,
} from './scene.ts';

const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

function putFile({ store }: Scene, bytes: Uint8Array): void {
  store.put(fileAt.bucket, fileAt.key, bytes);
}

/** What may become of the current instruction file, while the version that its object records stays. */
const harms: readonly [what: string, harm: (scene: Scene, suite?: AlgorithmSuite) => unknown][] = [
  [
    'of a write that stopped before its object',
    async (scene, suite) => {
      scene.store.before('write', () => undefined);
      scene.store.before('write', () => {
        throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      });
      const options = { instructionFiles: true, ...(suite === undefined ? {} : { suite }) };
      await failureOf(() => putSealed(scene, Buffer.from('second'), options));
    },
  ],
  ['deleted', async ({ store }) => store.hide(await store.head(fileAt))],
  [
    'empty',
    (scene) => {
      putFile(scene, Buffer.alloc(0));
    },
  ],
  [
    'cut short',
    (scene) => {
      putFile(scene, scene.store.contentOf(fileAt).subarray(0, -1));
    },
  ],
  [
    'no file of strings',
    (scene) => {
      putFile(scene, Buffer.from('{"x-amz-3":1}'));
    },
  ],
  [
    'longer than any',
    (scene) => {
      putFile(scene, Buffer.alloc(70_000, ' '));
    },
  ],
  [
    'of another object',
    (scene) => {
      putFile(scene, encodeInstructionFile({ ...v2Metadata, title: 'x' }));
    },
  ],
  [
    'more than a file',
    (scene) => {
      putFile(scene, encodeInstructionFile({ ...wellFormedMetadata, ...v2Metadata }));
    },
  ],
];

describe.each([
  ['V3', undefined, {}],
  ['V2', gcmSuite, allowing],
] as const)('an instruction file of %s that does not open its object', (_, suite, policy) => {
  const sealing = { instructionFiles: true, ...(suite === undefined ? {} : { suite }) };

  async function harmedScene(harm: (typeof harms)[number][1]): Promise<Scene> {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), sealing, { metadata: { title: 'x' } });
    await harm(scene, suite);
    forgetCalls(scene);
    return scene;
  }

  function deep(scene: Scene, options: Partial<VerifyOptions> = {}): ReturnType<typeof verify> {
    return verify(scene, { keyring: scene.keyring, ...policy, ...options });
  }

  test.each(harms)('is a finding where it is %s, and nothing is written', async (__, harm) => {
    const scene = await harmedScene(harm);
    await failureOf(() => openedElsewhere(scene, policy));
    expect(await verdictOf(deep(scene))).toBe('INSTRUCTION_FILE_STALE');
    expect(scene.store.countOf('write')).toBe(0);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test.each(harms)('is repaired where it is %s', async (__, harm) => {
    const scene = await harmedScene(harm);
    const before = await scene.store.head(sealedAt);
    const standing = await scene.store.head(fileAt).catch(() => undefined);
    expect(await deep(scene, { repair: true })).toEqual({ status: 'repaired' });
    expect(await openedElsewhere(scene, policy)).toBe('first');
    expect(await deep(scene, { repair: true })).toEqual({ status: 'sound' });
    const written = scene.store.calls.filter(({ method }) => method === 'write');
    expect(written.map(({ address: { key } }) => key)).toEqual([fileAt.key]);
    expect(await scene.store.head(sealedAt)).toEqual(before);
    const { keyArn, keyMaterialId } = await scene.keyring.currentWrapping();
    expect((await scene.store.head(fileAt)).metadata).toEqual({
      'x-amz-crypto-instr-file': '',
      'sealdrop-key': keyArn,
      'sealdrop-material': keyMaterialId,
      'sealdrop-instruction-version': before.metadata['sealdrop-instruction-version'],
      ...(standing === undefined ? {} : { 'sealdrop-instruction-before': standing.address.versionId }),
    });
  });

  test('is told to be what it is where the recorded version is gone, too', async () => {
    for (const [, harm] of harms) {
      const scene = await harmedScene(harm);
      const { metadata } = await scene.store.head(sealedAt);
      const versionId = metadata['sealdrop-instruction-version'] ?? '';
      scene.store.destroy({ ...fileAt, versionId });
      expect(await verdictOf(deep(scene, { repair: true }))).not.toMatch(/STALE|repaired|sound/);
      expect(scene.store.countOf('write')).toBe(0);
    }
  });

  test('is told to be what it is where no version is recorded, and no file tells of another', async () => {
    for (const [, harm] of harms.slice(1)) {
      const scene = await harmedScene(harm);
      await alterSealed(scene, { metadata: (all) => without(all, 'sealdrop-instruction-version') });
      expect(await verdictOf(deep(scene, { repair: true }))).not.toMatch(/STALE|repaired|sound/);
      expect(scene.store.countOf('write')).toBe(0);
    }
  });

  test('is not blamed where the content is altered', async () => {
    for (const [, harm] of [['left as it is', () => undefined] as const, ...harms]) {
      const scene = await harmedScene(harm);
      await alterSealed(scene, { body: (body) => withFlippedBit(body, 0) });
      expect(await verdictOf(deep(scene, { repair: true }))).not.toMatch(/STALE|repaired|sound/);
      expect(scene.store.countOf('write')).toBe(0);
    }
  });

  test('is left alone where it opens its object, whatever version that records', async () => {
    for (const recorded of ['itself', 'none'] as const) {
      const scene = await harmedScene(() => undefined);
      if (recorded !== 'itself') {
        await alterSealed(scene, {
          metadata: ({ 'sealdrop-instruction-version': __, ...all }) => all,
        });
      }
      expect(await deep(scene, { repair: true })).toEqual({ status: 'sound' });
      expect(scene.store.countOf('write')).toBe(0);
    }
  });

  test('is made to say that it is its object’s own, where it opens that and the recorded version is gone', async () => {
    const scene = await harmedScene(() => undefined);
    await alterSealed(scene, { metadata: (all) => ({ ...all, 'sealdrop-instruction-version': 'gone' }) });
    expect(await deep(scene)).toEqual({ status: 'sound' });
    expect(scene.store.countOf('write')).toBe(0);
    const content = scene.store.contentOf(fileAt);
    expect(await deep(scene, { repair: true })).toEqual({ status: 'repaired' });
    expect(await deep(scene, { repair: true })).toEqual({ status: 'sound' });
    expect(scene.store.countOf('write')).toBe(1);
    expect(scene.store.contentOf(fileAt).equals(content)).toBe(true);
    expect((await scene.store.head(fileAt)).metadata).toMatchObject({
      'sealdrop-instruction-version': 'gone',
      'sealdrop-key': scene.keyArn,
    });
  });

  test('keeps its own version when it is repaired', async () => {
    const [[, stop]] = harms as [(typeof harms)[number]];
    const scene = await harmedScene(stop);
    const stale = await scene.store.head(fileAt);
    const content = scene.store.contentOf(fileAt);
    await deep(scene, { repair: true });
    expect(scene.store.contentOf(stale.address).equals(content)).toBe(true);
    expect((await scene.store.head(fileAt)).address).not.toEqual(stale.address);
  });

  test('is repaired under the suffix that the reader names', async () => {
    const scene = await harmedScene(() => undefined);
    const { store } = scene;
    const there = { ...fileAt, key: `${sealedAt.key}.keys` };
    const version = store.put(there.bucket, there.key, store.contentOf(fileAt)).versionId ?? '';
    await alterSealed(scene, { metadata: (all) => ({ ...all, 'sealdrop-instruction-version': version }) });
    store.put(there.bucket, there.key, Buffer.from('{}'));
    store.destroy((await store.head(fileAt)).address);
    const options = { instructionFileSuffix: '.keys', repair: true };
    expect(await deep(scene, options)).toEqual({ status: 'repaired' });
    expect(parseInstructionFile(store.contentOf(there))).toHaveProperty(
      suite === undefined ? 'x-amz-3' : 'x-amz-key-v2',
    );
    const opened = await openToBuffer(sealedAt, {
      ...scene.reading,
      ...policy,
      instructionFileSuffix: '.keys',
    });
    expect(opened.content.toString()).toBe('first');
  });
});
