import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealdropError, type Keyring, type Metadata, type SealdropErrorCode } from '../../envelope/index.ts';
import { failureOf, isWiped } from '../support/bytes.ts';
import { wellFormedMetadata } from '../support/envelopes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import {
  alterSealed,
  createScene,
  sealedAt,
  sealedScene,
  unusedKeyring,
  verdictOf,
  verify,
  type Scene,
} from './scene.ts';

/** A keyring that answers every encrypted data key in one way. */
function answering(answer: Buffer | SealdropErrorCode): Keyring {
  return {
    ...unusedKeyring,
    decryptDataKey: () =>
      typeof answer === 'string'
        ? Promise.reject(new SealdropError(answer, 'the keyring says no'))
        : Promise.resolve({ plaintext: answer }),
  };
}

/** What opening the object to its last byte finds. */
function deepVerdict(scene: Scene, keyring: Keyring = scene.keyring): Promise<string> {
  return verdictOf(verify(scene, { keyring, repair: true }));
}

/** The bytes with one bit flipped. */
function flipped(bytes: Buffer, offset: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(offset) ^ (1 << bit), offset);
  return copy;
}

describe('what only opening tells is a finding', () => {
  test.each<[code: SealdropErrorCode, what: string, keyring: (scene: Scene) => Keyring]>([
    ['KEY_MISMATCH', 'another key wraps it', ({ kms }) => new FakeKeyring(kms, kms.createKey())],
    ['DATA_KEY_INVALID', 'its data key is short', () => answering(Buffer.alloc(16, 1))],
    ['AUTHENTICATION_FAILED', 'its data key is another', () => answering(Buffer.alloc(32, 1))],
    ['ENVELOPE_UNSUPPORTED', 'the keyring is for another wrapping', () => answering('ENVELOPE_UNSUPPORTED')],
  ])('%s: %s', async (code, _, keyring) => {
    const scene = await sealedScene();
    expect(await deepVerdict(scene, keyring(scene))).toBe(code);
    expect(await verify(scene)).toEqual({ status: 'sound' });
    expect(scene.store.countOf('read') + scene.store.countOf('write')).toBe(0);
  });

  test('AUTHENTICATION_FAILED: its encrypted data key is none', async () => {
    const scene = await sealedScene();
    const { 'x-amz-3': foreign = '' } = wellFormedMetadata;
    await alterSealed(scene, { metadata: (all) => ({ ...all, 'x-amz-3': foreign }) });
    expect(await deepVerdict(scene)).toBe('AUTHENTICATION_FAILED');
  });

  test('AUTHENTICATION_FAILED: any bit of the content or its tag is another', async () => {
    const scene = await sealedScene(100);
    await fc.assert(
      fc.asyncProperty(fc.nat(115), fc.nat(7), async (offset, bit) => {
        const body = (bytes: Buffer): Buffer => flipped(bytes, offset, bit);
        await alterSealed(scene, { body });
        expect(await deepVerdict(scene)).toBe('AUTHENTICATION_FAILED');
        expect(await verify(scene)).toEqual({ status: 'sound' });
        await alterSealed(scene, { body });
        expect(await deepVerdict(scene)).toBe('sound');
      }),
    );
  });

  test('AUTHENTICATION_FAILED: any bit of the commitment or the message id is another', async () => {
    const scene = await sealedScene(100);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('x-amz-d', 'x-amz-i'),
        fc.nat(27),
        fc.nat(7),
        async (name, offset, bit) => {
          const metadata = (all: Metadata): Metadata => {
            const bytes = Buffer.from(all[name] ?? '', 'base64');
            return { ...all, [name]: flipped(bytes, offset, bit).toString('base64') };
          };
          await alterSealed(scene, { metadata });
          expect(await deepVerdict(scene)).toBe('AUTHENTICATION_FAILED');
          await alterSealed(scene, { metadata });
        },
      ),
    );
  });

  test('AUTHENTICATION_FAILED: some of its end is missing, or more is there', async () => {
    const scene = await sealedScene(50);
    const whole = scene.store.contentOf(sealedAt);
    for (const lengthBytes of [0, 1, 15, 16, 17, 49, 50, 51, 65, 67, 100]) {
      await alterSealed(scene, { body: () => Buffer.concat([whole, Buffer.alloc(50)], lengthBytes) });
      expect([lengthBytes, await deepVerdict(scene)]).toEqual([lengthBytes, 'AUTHENTICATION_FAILED']);
      const byItsLength = lengthBytes < 16 ? 'AUTHENTICATION_FAILED' : 'sound';
      expect([lengthBytes, await verdictOf(verify(scene))]).toEqual([lengthBytes, byItsLength]);
    }
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });
});

describe('what keeps from looking at an object is no finding', () => {
  test.each([
    'ABORTED',
    'ACCESS_DENIED',
    'BUCKET_NOT_FOUND',
    'OBJECT_CHANGED',
    'OBJECT_NOT_FOUND',
    'SERVICE_FAILED',
    'SERVICE_UNAVAILABLE',
    'THROTTLED',
  ] as const)('%s of the store is thrown', async (code) => {
    for (const method of ['head', 'get', 'read'] as const) {
      const scene = await sealedScene();
      scene.store.before(method, () => {
        throw new SealdropError(code, 'the store says no');
      });
      const options = method === 'head' ? {} : { keyring: scene.keyring, repair: true };
      expect((await failureOf(() => verify(scene, options))).code).toBe(code);
    }
  });

  test.each([
    'ABORTED',
    'ACCESS_DENIED',
    'KEY_DISABLED',
    'KEY_NOT_FOUND',
    'KEY_PENDING_DELETION',
    'KEY_UNAVAILABLE',
    'THROTTLED',
  ] as const)('%s of the keyring is thrown', async (code) => {
    const scene = await sealedScene();
    const failure = await failureOf(() => verify(scene, { keyring: answering(code), repair: true }));
    expect(failure.code).toBe(code);
    expect(scene.store.countOf('read') + scene.store.countOf('write')).toBe(0);
  });

  test('OBJECT_NOT_FOUND: there is none', async () => {
    const scene = createScene();
    for (const options of [{}, { keyring: scene.keyring }]) {
      expect((await failureOf(() => verify(scene, options))).code).toBe('OBJECT_NOT_FOUND');
    }
  });

  test('CONTEXT_INVALID: the caller expects a context that cannot be', async () => {
    const scene = await sealedScene();
    const vault = { ...scene.vault, extraContext: { 'sealdrop-x': 'y' } };
    for (const options of [{ vault }, { vault, keyring: scene.keyring }]) {
      expect((await failureOf(() => verify(scene, options))).code).toBe('CONTEXT_INVALID');
    }
  });

  test('what is no error of this package is thrown as it is', async () => {
    const scene = await sealedScene();
    scene.store.before('get', () => {
      throw new TypeError('broken');
    });
    await expect(verify(scene, { keyring: scene.keyring })).rejects.toThrow(new TypeError('broken'));
  });
});
