import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gcmSuite, SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { verifyObject, type Verdict, type VerifyOptions } from '../../operations/verify-object.ts';
import { legacyObject } from '../attacks/legacy-forms.ts';
import { edgeLengths, failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { wellFormedMetadata, without } from '../support/envelopes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { createScene, forgetCalls, putSealed, sealedAt, unusedKeyring, type Scene } from './scene.ts';

function verify({ store, vault }: Scene, options: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return verifyObject(sealedAt, { store, vault, ...options });
}

function verifyDeep(scene: Scene, options: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return verify(scene, { keyring: scene.keyring, ...options });
}

/** What was found: nothing, or a code. */
function found(verdict: Verdict): string {
  return verdict.status === 'finding' ? verdict.error.code : verdict.status;
}

async function sealedScene(lengthBytes = 2500): Promise<Scene> {
  const scene = createScene();
  await putSealed(scene, patternBytes(lengthBytes));
  forgetCalls(scene);
  return scene;
}

type Metadata = Readonly<Record<string, string>>;

/** Puts what stands there once more, altered. */
async function alter(
  { store }: Scene,
  how: { body?: (body: Buffer) => Buffer; metadata?: (metadata: Metadata) => Metadata },
): Promise<void> {
  const { metadata } = await store.head(sealedAt);
  const { body = (same) => same, metadata: altered = (same) => same } = how;
  store.put(sealedAt.bucket, sealedAt.key, body(store.contentOf(sealedAt)), { metadata: altered(metadata) });
}

describe('a sound object', () => {
  test.each(edgeLengths)(
    'of %i bytes is sound, by its envelope and to its last byte',
    async (lengthBytes) => {
      const scene = await sealedScene(lengthBytes);
      expect(await verify(scene)).toEqual({ status: 'sound' });
      expect(await verifyDeep(scene)).toEqual({ status: 'sound' });
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
    await verifyDeep(scene, { repair: true });
    expect(scene.store.calls.map(({ method }) => method)).toEqual(['get', 'read']);
    expect(scene.kms.calls.map(({ action }) => action)).toEqual(['Decrypt']);
  });

  test('is the version that is asked for', async () => {
    const scene = createScene();
    const first = await putSealed(scene, patternBytes(50));
    scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(50));
    const { store, vault, keyring } = scene;
    expect(found(await verifyDeep(scene))).toBe('NOT_SEALED');
    expect(await verifyObject(first, { store, vault, keyring })).toEqual({ status: 'sound' });
  });
});

describe('what is wrong with an object is a finding', () => {
  const other = { vaultId: 'other', binding: 'object' } as const;
  const accepting = {
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyWrapping: true,
    legacyContent: true,
  } as const;

  function legacy(scene: Scene): void {
    const { content, metadata } = legacyObject('V2 kms CBC', patternBytes(50), scene);
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata });
  }

  const envelopes: readonly [
    code: SealdropErrorCode,
    what: string,
    prepare: (scene: Scene) => unknown,
    options?: Partial<VerifyOptions>,
  ][] = [
    ['NOT_SEALED', 'it is a plain one', ({ store }) => store.put('sealed', sealedAt.key, patternBytes(50))],
    ['CONTEXT_MISMATCH', 'it is of another vault', () => undefined, { vault: other }],
    [
      'CONTEXT_MISMATCH',
      'it lacks a pair',
      () => undefined,
      { vault: { vaultId: 'archive', binding: 'object', extraContext: { team: 'blue' } } },
    ],
    [
      'CONTEXT_MISMATCH',
      'it was moved',
      async (scene) => {
        const { metadata } = await scene.store.head(
          await putSealed(scene, patternBytes(50), { vault: { vaultId: 'archive', binding: 'vault' } }),
        );
        scene.store.put('sealed', sealedAt.key, scene.store.contentOf(sealedAt), { metadata });
      },
    ],
    [
      'COMMITMENT_REQUIRED',
      'it is of V2',
      (scene) => putSealed(scene, patternBytes(50), { suite: gcmSuite }),
    ],
    ['LEGACY_WRAPPING_DISABLED', 'older clients wrapped it', legacy, { ...accepting, legacyWrapping: false }],
    ['LEGACY_CONTENT_DISABLED', 'nobody authenticates it', legacy, { ...accepting, legacyContent: false }],
    [
      'ENVELOPE_MALFORMED',
      'its message id is gone',
      (scene) => alter(scene, { metadata: (all) => without(all, 'x-amz-i') }),
    ],
    [
      'ENVELOPE_UNSUPPORTED',
      'its wrapping is unknown',
      (scene) => alter(scene, { metadata: (all) => ({ ...all, 'x-amz-w': '99' }) }),
    ],
    [
      'INSTRUCTION_FILE_MISSING',
      'its data key is nowhere',
      (scene) =>
        alter(scene, {
          metadata: (all) => ['x-amz-3', 'x-amz-t', 'x-amz-w'].reduce(without, all),
        }),
    ],
    [
      'AUTHENTICATION_FAILED',
      'it is shorter than its tag',
      (scene) => alter(scene, { body: (body) => body.subarray(0, 15) }),
    ],
  ];

  test.each(envelopes)(
    '%s: %s; without a keyring, or a data key, or a byte',
    async (code, _, prepare, options) => {
      const scene = await sealedScene();
      await prepare(scene);
      forgetCalls(scene);
      expect(found(await verify(scene, options))).toBe(code);
      expect(found(await verify(scene, { ...options, keyring: scene.keyring, repair: true }))).toBe(code);
      expect(scene.store.countOf('write')).toBe(0);
      const isOpened = code === 'AUTHENTICATION_FAILED' ? 1 : 0;
      expect([scene.store.countOf('read'), scene.kms.calls.length]).toEqual([0, isOpened]);
    },
  );

  const contents: readonly [
    code: SealdropErrorCode,
    what: string,
    options: (scene: Scene) => Partial<VerifyOptions> | Promise<Partial<VerifyOptions>>,
  ][] = [
    [
      'KEY_MISMATCH',
      'another key wraps it',
      ({ kms }) => ({ keyring: new FakeKeyring(kms, kms.createKey()) }),
    ],
    [
      'DATA_KEY_INVALID',
      'its data key has another length',
      () => ({
        keyring: {
          ...unusedKeyring,
          decryptDataKey: () => Promise.resolve({ plaintext: Buffer.alloc(16, 1) }),
        },
      }),
    ],
    [
      'AUTHENTICATION_FAILED',
      'its data key is another',
      () => ({
        keyring: {
          ...unusedKeyring,
          decryptDataKey: () => Promise.resolve({ plaintext: Buffer.alloc(32, 1) }),
        },
      }),
    ],
    [
      'AUTHENTICATION_FAILED',
      'its data key is no data key',
      async (scene) => {
        const { 'x-amz-3': foreign = '' } = wellFormedMetadata;
        await alter(scene, { metadata: (all) => ({ ...all, 'x-amz-3': foreign }) });
        return {};
      },
    ],
    [
      'ENVELOPE_UNSUPPORTED',
      'the keyring opens no such wrapping',
      () => ({
        keyring: {
          ...unusedKeyring,
          decryptDataKey: () => Promise.reject(new SealdropError('ENVELOPE_UNSUPPORTED', 'no')),
        },
      }),
    ],
  ];

  test.each(contents)('%s: %s; which its envelope does not tell', async (code, _, options) => {
    const scene = await sealedScene();
    const asked = await options(scene);
    expect(found(await verifyDeep(scene, asked))).toBe(code);
    expect(await verify(scene)).toEqual({ status: 'sound' });
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('AUTHENTICATION_FAILED: any bit of the content or its tag is another', async () => {
    const scene = await sealedScene(100);
    await fc.assert(
      fc.asyncProperty(fc.nat(115), fc.nat(7), async (offset, bit) => {
        const flip = (body: Buffer): Buffer => {
          body.writeUInt8(body.readUInt8(offset) ^ (1 << bit), offset);
          return body;
        };
        await alter(scene, { body: flip });
        expect(found(await verifyDeep(scene))).toBe('AUTHENTICATION_FAILED');
        expect(await verify(scene)).toEqual({ status: 'sound' });
        await alter(scene, { body: flip });
        expect(await verifyDeep(scene)).toEqual({ status: 'sound' });
      }),
    );
  });

  test('AUTHENTICATION_FAILED: any bit of the commitment, the message id or the data key is another', async () => {
    const scene = await sealedScene(100);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('x-amz-d', 'x-amz-i', 'x-amz-3'),
        fc.nat(10_000),
        fc.nat(7),
        async (name, at, bit) => {
          const flip = (metadata: Metadata): Metadata => {
            const bytes = Buffer.from(metadata[name] ?? '', 'base64');
            const offset = at % bytes.length;
            bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
            return { ...metadata, [name]: bytes.toString('base64') };
          };
          await alter(scene, { metadata: flip });
          const codes =
            name === 'x-amz-3' ? ['AUTHENTICATION_FAILED', 'KEY_MISMATCH'] : ['AUTHENTICATION_FAILED'];
          expect(codes).toContain(found(await verifyDeep(scene)));
          await alter(scene, { metadata: flip });
        },
      ),
    );
  });

  test('AUTHENTICATION_FAILED: any part of the end is missing, or more is there', async () => {
    const scene = await sealedScene(50);
    const whole = scene.store.contentOf(sealedAt);
    for (const lengthBytes of [0, 1, 15, 16, 17, 49, 50, 51, 65, 67, 100]) {
      await alter(scene, { body: () => Buffer.concat([whole, Buffer.alloc(50)], lengthBytes) });
      expect([lengthBytes, found(await verifyDeep(scene))]).toEqual([lengthBytes, 'AUTHENTICATION_FAILED']);
      expect(found(await verify(scene))).toBe(lengthBytes < 16 ? 'AUTHENTICATION_FAILED' : 'sound');
    }
  });
});

describe('what keeps from looking at an object is no finding', () => {
  const failures: readonly SealdropErrorCode[] = [
    'ABORTED',
    'ACCESS_DENIED',
    'BUCKET_NOT_FOUND',
    'OBJECT_CHANGED',
    'OBJECT_NOT_FOUND',
    'SERVICE_FAILED',
    'SERVICE_UNAVAILABLE',
    'THROTTLED',
  ];

  test.each(failures)('%s of the store is thrown', async (code) => {
    for (const method of ['head', 'get', 'read'] as const) {
      const scene = await sealedScene();
      scene.store.before(method, () => {
        throw new SealdropError(code, 'no');
      });
      const verifying = () => (method === 'head' ? verify(scene) : verifyDeep(scene, { repair: true }));
      expect((await failureOf(verifying)).code).toBe(code);
    }
  });

  test.each([
    'ACCESS_DENIED',
    'KEY_DISABLED',
    'KEY_NOT_FOUND',
    'KEY_PENDING_DELETION',
    'KEY_UNAVAILABLE',
    'THROTTLED',
    'ABORTED',
  ] as const)('%s of the keyring is thrown', async (code) => {
    const scene = await sealedScene();
    const keyring = { ...unusedKeyring, decryptDataKey: () => Promise.reject(new SealdropError(code, 'no')) };
    expect((await failureOf(() => verifyDeep(scene, { keyring, repair: true }))).code).toBe(code);
    expect(scene.store.countOf('read') + scene.store.countOf('write')).toBe(0);
  });

  test.each([
    [
      'CONTEXT_INVALID',
      { vault: { vaultId: 'archive', binding: 'object', extraContext: { 'sealdrop-x': 'y' } } },
    ],
    ['OBJECT_NOT_FOUND', {}],
  ] as const)('%s of the caller is thrown', async (code, options) => {
    const scene = code === 'OBJECT_NOT_FOUND' ? createScene() : await sealedScene();
    expect((await failureOf(() => verify(scene, options))).code).toBe(code);
    expect((await failureOf(() => verifyDeep(scene, options))).code).toBe(code);
  });

  test('what is no error of this package is thrown as it is', async () => {
    const scene = await sealedScene();
    scene.store.before('get', () => {
      throw new TypeError('broken');
    });
    await expect(verifyDeep(scene)).rejects.toThrow(new TypeError('broken'));
  });
});
