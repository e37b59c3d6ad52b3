import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type CipherGCMTypes,
} from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { authenticationFailure } from '../../envelope/errors.ts';
import type { EncryptedDataKey } from '../../envelope/keyring.ts';
import { startOpen } from '../../envelope/open.ts';
import { RawAesKeyring } from '../../envelope/raw-aes-keyring.ts';
import { startSeal } from '../../envelope/seal.ts';
import { cbcSuite, committingSuite, gcmSuite, type AlgorithmSuite } from '../../envelope/suite.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';

const keyBytes = patternBytes(32, 'wrapping key');
const wrappingKey = createSecretKey(keyBytes);
const dataKey = patternBytes(32, 'data key');
const keyring = new RawAesKeyring({ wrappingKey });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function wrapped(changes: Partial<EncryptedDataKey>): EncryptedDataKey {
  const ciphertext = gcmWrapped('115');
  return { wrappingAlgorithm: 'AES/GCM', ciphertext, context: {}, suite: committingSuite, ...changes };
}

/** The IV, the wrapped data key, the tag. */
function gcmWrapped(aad: string, plaintext = dataKey, key = keyBytes): Buffer {
  const iv = patternBytes(12, 'iv');
  const cipher = createCipheriv('aes-256-gcm' satisfies CipherGCMTypes, key, iv);
  cipher.setAAD(Buffer.from(aad));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function ecbWrapped(plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ecb', keyBytes, null);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

function keyWrapped(plaintext: Buffer): Buffer {
  const cipher = createCipheriv('id-aes256-wrap', keyBytes, Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

describe('a raw AES keyring', () => {
  test.each([
    [committingSuite, '115'],
    [gcmSuite, 'AES/GCM/NoPadding'],
  ] as [AlgorithmSuite, string][])('wraps with AES-GCM and the suite as AAD: $name', async (suite, aad) => {
    const { plaintext, encryptedDataKey } = await keyring.generateDataKey({}, suite);
    expect(plaintext).toHaveLength(32);
    expect(encryptedDataKey).toMatchObject({ wrappingAlgorithm: 'AES/GCM', context: {}, suite });
    expect(encryptedDataKey.ciphertext).toHaveLength(12 + 32 + 16);

    const ciphertext = Buffer.from(encryptedDataKey.ciphertext);
    const decipher = createDecipheriv('aes-256-gcm', keyBytes, ciphertext.subarray(0, 12));
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(ciphertext.subarray(44));
    const opened = Buffer.concat([decipher.update(ciphertext.subarray(12, 44)), decipher.final()]);
    expect(hex(opened)).toBe(hex(plaintext));
  });

  test('draws a new data key and a new IV every time', async () => {
    const keys = new Set<string>();
    const ivs = new Set<string>();
    for (let count = 0; count < 50; count += 1) {
      const { plaintext, encryptedDataKey } = await keyring.generateDataKey({}, committingSuite);
      keys.add(hex(plaintext));
      ivs.add(hex(encryptedDataKey.ciphertext.subarray(0, 12)));
    }
    expect([keys.size, ivs.size]).toEqual([50, 50]);
  });

  test('tells of no wrapping', async () => {
    const generated = await keyring.generateDataKey({}, committingSuite);
    expect(Object.keys(generated).sort()).toEqual(['encryptedDataKey', 'plaintext']);
    expect(Object.keys(await keyring.decryptDataKey(wrapped({})))).toEqual(['plaintext']);
  });

  test('stores a copy of its description', async () => {
    const materialDescription: Record<string, string> = { key: '1' };
    const describing = new RawAesKeyring({ wrappingKey, materialDescription });
    materialDescription['key'] = '2';
    const { encryptedDataKey } = await describing.generateDataKey({}, committingSuite);
    expect(encryptedDataKey.context).toEqual({ key: '1' });
  });

  test('takes the algorithm pair for a context, and no other pair', async () => {
    await keyring.generateDataKey({ 'aws:x-amz-cek-alg': '115' }, committingSuite);
    const failure = await failureOf(() => keyring.generateDataKey({ team: 'blue' }, committingSuite));
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(failure.fields).toEqual({ names: ['team'] });
  });

  test.each([0, 1, 15, 16, 17])('seals and opens %i bytes', async (lengthBytes) => {
    const { encryptor, metadata } = await startSeal(keyring, {});
    const sealed = await gather(encryptor.encrypt(inChunks(patternBytes(lengthBytes))));
    const decryptor = await startOpen(keyring, parseEnvelope(metadata), { expectedContext: {} });
    const opened = await gather(decryptor.decryptUnverified(inChunks(sealed)));
    expect(hex(opened)).toBe(hex(patternBytes(lengthBytes)));
    expect(metadata).toMatchObject({ 'x-amz-w': '02' });
  });
});

describe('what a raw AES keyring opens', () => {
  test.each([
    ['AES/GCM', committingSuite, gcmWrapped('115')],
    ['AES/GCM', gcmSuite, gcmWrapped('AES/GCM/NoPadding')],
    ['AES/GCM', cbcSuite, gcmWrapped('AES/CBC/PKCS5Padding')],
    ['AESWrap', gcmSuite, keyWrapped(dataKey)],
    ['AES', cbcSuite, ecbWrapped(dataKey)],
  ] as [EncryptedDataKey['wrappingAlgorithm'], AlgorithmSuite, Buffer][])(
    'is a data key wrapped with %s for $name',
    async (wrappingAlgorithm, suite, ciphertext) => {
      const given = Buffer.from(ciphertext);
      const { plaintext } = await keyring.decryptDataKey(
        wrapped({ wrappingAlgorithm, suite, ciphertext: given }),
      );
      expect(hex(plaintext)).toBe(hex(dataKey));
      expect(hex(given)).toBe(hex(ciphertext));
    },
  );

  // RFC 3394, sections 4.3, 4.5 and 4.6.
  test.each([
    ['00112233445566778899aabbccddeeff', '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7'],
    [
      '00112233445566778899aabbccddeeff0001020304050607',
      'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1',
    ],
    [
      '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f',
      '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
    ],
  ])('is a published AES key wrap of %s', async (expected, ciphertext) => {
    const kek = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)));
    const { plaintext } = await new RawAesKeyring({ wrappingKey: kek }).decryptDataKey(
      wrapped({ wrappingAlgorithm: 'AESWrap', ciphertext: Buffer.from(ciphertext, 'hex') }),
    );
    expect(hex(plaintext)).toBe(expected);
  });

  test.each([
    ['for another suite', wrapped({ suite: gcmSuite })],
    ['by another key', wrapped({ ciphertext: gcmWrapped('115', dataKey, patternBytes(32)) })],
    ['with a flipped bit in its IV', wrapped({ ciphertext: withFlippedBit(gcmWrapped('115'), 0) })],
    ['with a flipped bit in its key', wrapped({ ciphertext: withFlippedBit(gcmWrapped('115'), 12) })],
    ['with a flipped bit in its tag', wrapped({ ciphertext: withFlippedBit(gcmWrapped('115'), -1) })],
    ['and cut by a byte', wrapped({ ciphertext: gcmWrapped('115').subarray(0, -1) })],
    ...[0, 1, 11, 12, 15, 16, 27, 28].map(
      (length) =>
        [
          `and cut to ${length} bytes`,
          wrapped({ ciphertext: gcmWrapped('115').subarray(0, length) }),
        ] as const,
    ),
    ['with key wrap, and altered', altered('AESWrap', withFlippedBit(keyWrapped(dataKey), 0))],
    ['with key wrap, and cut', altered('AESWrap', keyWrapped(dataKey).subarray(0, 32))],
    ['with key wrap, and nothing of it', altered('AESWrap', Buffer.alloc(0))],
    ['with key wrap, and less than a block of it', altered('AESWrap', Buffer.alloc(8))],
    ['with AES, and cut', altered('AES', ecbWrapped(dataKey).subarray(0, 32))],
    ['with AES, and no whole block', altered('AES', ecbWrapped(dataKey).subarray(0, 47))],
    ['with AES, and nothing of it', altered('AES', Buffer.alloc(0))],
    ['with AES, and has 31 bytes', altered('AES', ecbWrapped(patternBytes(31)))],
    ['with AES, and has 33 bytes', altered('AES', ecbWrapped(patternBytes(33)))],
  ] as [string, EncryptedDataKey][])(
    'is never a data key that was wrapped %s',
    async (_, encryptedDataKey) => {
      const failure = await failureOf(() => keyring.decryptDataKey(encryptedDataKey));
      expect(failure).toEqual(authenticationFailure());
      expect([failure.code, failure.cause]).toEqual(['AUTHENTICATION_FAILED', undefined]);
    },
  );

  test.each(['kms+context', 'kms', 'RSA-OAEP-SHA1', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'RSA'] as const)(
    'is never what was wrapped with "%s"',
    async (wrappingAlgorithm) => {
      const failure = await failureOf(() => keyring.decryptDataKey(wrapped({ wrappingAlgorithm })));
      expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
      expect(failure.fields).toEqual({ wrappingAlgorithm });
    },
  );
});

function altered(wrappingAlgorithm: 'AESWrap' | 'AES', ciphertext: Buffer): EncryptedDataKey {
  return wrapped({ wrappingAlgorithm, ciphertext });
}

describe('the wrapping key', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

  test.each([
    ['of 128 bits', createSecretKey(patternBytes(16))],
    ['of 192 bits', createSecretKey(patternBytes(24))],
    ['of 31 bytes', createSecretKey(patternBytes(31))],
    ['of 33 bytes', createSecretKey(patternBytes(33))],
    ['of RSA, private', pair.privateKey],
    ['of RSA, public', createPublicKey(pair.privateKey)],
  ])('may not be one %s', async (_, key) => {
    const failure = await failureOf(() => new RawAesKeyring({ wrappingKey: key }));
    expect([failure.code, failure.message]).toEqual([
      'CONFIGURATION_INVALID',
      'the wrapping key must be a secret key of 32 bytes',
    ]);
  });
});

describe('the pieces of a data key that is opened', () => {
  interface Decipher {
    update: (data: Uint8Array) => Buffer;
    final: () => Buffer;
  }
  const prototype = Object.getPrototypeOf(
    createDecipheriv('aes-256-gcm', keyBytes, patternBytes(12)),
  ) as Decipher;
  const plainPrototype = Object.getPrototypeOf(createDecipheriv('aes-256-ecb', keyBytes, null)) as Decipher;

  afterEach(() => {
    jest.restoreAllMocks();
  });

  function spied(): Buffer[] {
    const pieces: Buffer[] = [];
    for (const method of ['update', 'final'] as const) {
      for (const target of new Set([prototype, plainPrototype])) {
        const original = target[method];
        jest.spyOn(target, method).mockImplementation(function (this: unknown, ...given: unknown[]) {
          const piece = Reflect.apply(original, this, given) as Buffer;
          pieces.push(piece);
          return piece;
        });
      }
    }
    return pieces;
  }

  test.each([
    ['AES/GCM', gcmWrapped('115')],
    ['AESWrap', keyWrapped(dataKey)],
    ['AES', ecbWrapped(dataKey)],
  ] as [EncryptedDataKey['wrappingAlgorithm'], Buffer][])(
    'are zero-filled: %s',
    async (wrappingAlgorithm, ciphertext) => {
      const pieces = spied();
      const { plaintext } = await keyring.decryptDataKey(wrapped({ wrappingAlgorithm, ciphertext }));
      expect(hex(plaintext)).toBe(hex(dataKey));
      expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(32);
      expect(pieces.every(isWiped)).toBe(true);
    },
  );

  test.each([
    ['AES/GCM', withFlippedBit(gcmWrapped('115'), -1)],
    ['AES', ecbWrapped(dataKey).subarray(0, 32)],
    // The one case with bytes of a key in both pieces.
    ['AES', ecbWrapped(patternBytes(24))],
  ] as [EncryptedDataKey['wrappingAlgorithm'], Buffer][])(
    'are zero-filled where it does not open: %s',
    async (wrappingAlgorithm, ciphertext) => {
      const encryptedDataKey = wrapped({ wrappingAlgorithm, ciphertext });
      const pieces = spied();
      const joined = jest.spyOn(Buffer, 'concat');
      await failureOf(() => keyring.decryptDataKey(encryptedDataKey));
      expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(0);
      expect(pieces.every(isWiped)).toBe(true);
      expect(joined.mock.results.every(({ value }) => isWiped(value as Buffer))).toBe(true);
    },
  );
});
