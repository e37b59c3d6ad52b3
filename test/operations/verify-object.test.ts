import { describe, expect, test } from '@jest/globals';
import { gcmSuite, type SealdropErrorCode } from '../../envelope/index.ts';
import type { VerifyOptions } from '../../operations/verify-object.ts';
import { legacyObject } from '../attacks/legacy-forms.ts';
import { edgeLengths, isWiped, patternBytes } from '../support/bytes.ts';
import { without } from '../support/envelopes.ts';
import {
  alterSealed,
  createScene,
  forgetCalls,
  putSealed,
  sealedAt,
  sealedScene,
  verdictOf,
  verify,
  type Scene,
} from './scene.ts';

describe('a sound object', () => {
  test.each(edgeLengths)(
    'of %i bytes is sound, by its envelope and to its last byte',
    async (lengthBytes) => {
      const scene = await sealedScene(lengthBytes);
      expect(await verify(scene)).toEqual({ status: 'sound' });
      expect(await verify(scene, { keyring: scene.keyring })).toEqual({ status: 'sound' });
      expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
    },
  );

  test('takes one HEAD, and without a keyring no key and no byte', async () => {
    const scene = await sealedScene();
    await verify(scene, { repair: true });
    expect(scene.store.calls.map(({ method }) => method)).toEqual(['head']);
    expect(scene.kms.calls).toEqual([]);
  });

  test('takes, with a keyring, one GET and one data key', async () => {
    const scene = await sealedScene();
    await verify(scene, { keyring: scene.keyring, repair: true });
    expect(scene.store.calls.map(({ method }) => method)).toEqual(['get', 'read']);
    expect(scene.kms.calls.map(({ action }) => action)).toEqual(['Decrypt']);
  });

  test('is the version that is asked for', async () => {
    const scene = createScene();
    const first = await putSealed(scene, patternBytes(50));
    scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(50));
    const { keyring } = scene;
    expect(await verdictOf(verify(scene, { keyring }))).toBe('NOT_SEALED');
    expect(await verify(scene, { keyring }, first)).toEqual({ status: 'sound' });
  });
});

describe('what is wrong with an envelope is found without a keyring, a data key or a byte', () => {
  const accepting = {
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyWrapping: true,
    legacyContent: true,
  } as const;
  const extraContext = { team: 'blue' };

  function putLegacy(scene: Scene): void {
    const { content, metadata } = legacyObject('V2 kms CBC', patternBytes(50), scene);
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata });
  }

  async function move(scene: Scene): Promise<void> {
    const { metadata } = await scene.store.head(sealedAt);
    scene.store.put('sealed', 'moved', scene.store.contentOf(sealedAt), { metadata });
  }

  test.each<{
    code: SealdropErrorCode;
    what: string;
    prepare?: (scene: Scene) => unknown;
    options?: Partial<VerifyOptions>;
    key?: string;
  }>([
    {
      code: 'NOT_SEALED',
      what: 'it is a plain object',
      prepare: ({ store }) => store.put(sealedAt.bucket, sealedAt.key, patternBytes(50)),
    },
    {
      code: 'CONTEXT_MISMATCH',
      what: 'it is of another vault',
      options: { vault: { vaultId: 'other', binding: 'object' } },
    },
    {
      code: 'CONTEXT_MISMATCH',
      what: 'it lacks a pair',
      options: { vault: { vaultId: 'archive', binding: 'object', extraContext } },
    },
    {
      code: 'CONTEXT_MISMATCH',
      what: 'it has a pair too many',
      options: { vault: { vaultId: 'archive', binding: 'vault' } },
    },
    { code: 'CONTEXT_MISMATCH', what: 'it was moved', prepare: move, key: 'moved' },
    {
      code: 'COMMITMENT_REQUIRED',
      what: 'it is of V2',
      prepare: (scene) => putSealed(scene, patternBytes(50), { suite: gcmSuite }),
    },
    {
      code: 'LEGACY_WRAPPING_DISABLED',
      what: 'older clients wrapped its data key',
      prepare: putLegacy,
      options: { ...accepting, legacyWrapping: false },
    },
    {
      code: 'LEGACY_CONTENT_DISABLED',
      what: 'nobody authenticates it',
      prepare: putLegacy,
      options: { ...accepting, legacyContent: false },
    },
    {
      code: 'ENVELOPE_MALFORMED',
      what: 'its message id is gone',
      prepare: (scene) => alterSealed(scene, { metadata: (all) => without(all, 'x-amz-i') }),
    },
    {
      code: 'ENVELOPE_UNSUPPORTED',
      what: 'its wrapping is unknown',
      prepare: (scene) => alterSealed(scene, { metadata: (all) => ({ ...all, 'x-amz-w': '99' }) }),
    },
    {
      code: 'INSTRUCTION_FILE_MISSING',
      what: 'its data key is nowhere',
      prepare: (scene) =>
        alterSealed(scene, { metadata: (all) => ['x-amz-3', 'x-amz-t', 'x-amz-w'].reduce(without, all) }),
    },
    {
      code: 'AUTHENTICATION_FAILED',
      what: 'it is shorter than its tag',
      prepare: (scene) => alterSealed(scene, { body: (body) => body.subarray(0, 15) }),
    },
  ])('$code: $what', async ({ code, prepare, options, key = sealedAt.key }) => {
    const scene = await sealedScene();
    await prepare?.(scene);
    forgetCalls(scene);
    const at = { ...sealedAt, key };
    expect(await verdictOf(verify(scene, options, at))).toBe(code);
    expect(scene.kms.calls).toEqual([]);
    const deep = { ...options, keyring: scene.keyring, repair: true };
    expect(await verdictOf(verify(scene, deep, at))).toBe(code);
    expect([scene.store.countOf('read'), scene.store.countOf('write')]).toEqual([0, 0]);
  });

  test('and is none where the reader accepts it', async () => {
    const scene = await sealedScene();
    putLegacy(scene);
    const options = { ...accepting, vault: { vaultId: 'archive', binding: 'none' } } as const;
    expect(await verify(scene, options)).toEqual({ status: 'sound' });
    expect(await verify(scene, { ...options, keyring: scene.keyring })).toEqual({ status: 'sound' });
  });
});
