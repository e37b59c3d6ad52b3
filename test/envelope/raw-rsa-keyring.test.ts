import {
  constants,
  createHash,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  type KeyObject,
} from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { authenticationFailure } from '../../envelope/errors.ts';
import type { EncryptedDataKey } from '../../envelope/keyring.ts';
import { startOpen } from '../../envelope/open.ts';
import { decryptOaepSha1, RawRsaKeyring } from '../../envelope/raw-rsa-keyring.ts';
import { startSeal } from '../../envelope/seal.ts';
import { cbcSuite, committingSuite, gcmSuite, type AlgorithmSuite } from '../../envelope/suite.ts';
import {
  failureOf,
  gather,
  inChunks,
  isWiped,
  patternBytes,
  thrownBy,
  withFlippedBit,
} from '../support/bytes.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyring = new RawRsaKeyring({ privateKey: pair.privateKey });
const dataKey = patternBytes(32, 'data key');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The length of the data key in a byte, the data key, the suite. */
const framed = (suite: string, key = dataKey, lengthByte = key.length) =>
  Buffer.concat([Buffer.of(lengthByte), key, Buffer.from(suite)]);

function oaep(plaintext: Buffer, key: KeyObject = pair.publicKey, oaepHash = 'sha1'): Buffer {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext);
}

function pkcs1(plaintext: Buffer): Buffer {
  return publicEncrypt({ key: pair.publicKey, padding: constants.RSA_PKCS1_PADDING }, plaintext);
}

function wrapped(changes: Partial<EncryptedDataKey>): EncryptedDataKey {
  const ciphertext = oaep(framed('115'));
  return { wrappingAlgorithm: 'RSA-OAEP-SHA1', ciphertext, context: {}, suite: committingSuite, ...changes };
}

describe('a raw RSA keyring', () => {
  test.each([
    [committingSuite, '115'],
    [gcmSuite, 'AES/GCM/NoPadding'],
  ] as [AlgorithmSuite, string][])(
    'wraps the framed data key with OAEP and SHA-1: $name',
    async (suite, value) => {
      const { plaintext, encryptedDataKey } = await keyring.generateDataKey({}, suite);
      expect(plaintext).toHaveLength(32);
      expect(encryptedDataKey).toMatchObject({ wrappingAlgorithm: 'RSA-OAEP-SHA1', context: {}, suite });
      const frame = privateDecrypt(
        { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
        encryptedDataKey.ciphertext,
      );
      expect(hex(frame)).toBe(hex(framed(value, Buffer.from(plaintext))));
    },
  );

  test('draws a new data key every time', async () => {
    const keys = new Set<string>();
    for (let count = 0; count < 20; count += 1) {
      keys.add(hex((await keyring.generateDataKey({}, committingSuite)).plaintext));
    }
    expect(keys.size).toBe(20);
  });

  test('tells of no wrapping', async () => {
    const generated = await keyring.generateDataKey({}, committingSuite);
    expect(Object.keys(generated).sort()).toEqual(['encryptedDataKey', 'plaintext']);
    expect(Object.keys(await keyring.decryptDataKey(wrapped({})))).toEqual(['plaintext']);
  });

  test('stores a copy of its description', async () => {
    const materialDescription: Record<string, string> = { key: '1' };
    const describing = new RawRsaKeyring({ publicKey: pair.publicKey, materialDescription });
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
    expect(metadata).toMatchObject({ 'x-amz-w': '22' });
  });
});

describe('what a raw RSA keyring opens', () => {
  test.each([
    ['RSA-OAEP-SHA1', committingSuite, oaep(framed('115'))],
    ['RSA-OAEP-SHA1', gcmSuite, oaep(framed('AES/GCM/NoPadding'))],
    ['RSA-OAEP-SHA1', cbcSuite, oaep(framed('AES/CBC/PKCS5Padding'))],
    ['RSA', cbcSuite, pkcs1(dataKey)],
  ] as [EncryptedDataKey['wrappingAlgorithm'], AlgorithmSuite, Buffer][])(
    'is a data key wrapped with %s for $name',
    async (wrappingAlgorithm, suite, ciphertext) => {
      const { plaintext } = await keyring.decryptDataKey(wrapped({ wrappingAlgorithm, suite, ciphertext }));
      expect(hex(plaintext)).toBe(hex(dataKey));
    },
  );

  test.each([
    ['for another suite', wrapped({ suite: gcmSuite })],
    ['for a suite of the same length', wrapped({ ciphertext: oaep(framed('114')) })],
    ['for no suite', wrapped({ ciphertext: oaep(framed('')) })],
    ['for more than a suite', wrapped({ ciphertext: oaep(framed('1155')) })],
    ['for less than a suite', wrapped({ ciphertext: oaep(framed('11')) })],
    ['with another length byte', wrapped({ ciphertext: oaep(framed('115', dataKey, 31)) })],
    ['with 31 bytes of data key', wrapped({ ciphertext: oaep(framed('115', patternBytes(31))) })],
    ['with 33 bytes of data key', wrapped({ ciphertext: oaep(framed('115', patternBytes(33))) })],
    ['with 16 bytes of data key', wrapped({ ciphertext: oaep(framed('115', patternBytes(16))) })],
    ['with no frame', wrapped({ ciphertext: oaep(dataKey) })],
    ['with nothing in it', wrapped({ ciphertext: oaep(Buffer.alloc(0)) })],
    ['by another key', wrapped({ ciphertext: oaep(framed('115'), other.publicKey) })],
    ['with SHA-256', wrapped({ ciphertext: oaep(framed('115'), pair.publicKey, 'sha256') })],
    ['with PKCS #1', wrapped({ ciphertext: pkcs1(framed('115')) })],
    ['and altered', wrapped({ ciphertext: withFlippedBit(oaep(framed('115')), 100) })],
    ['and cut by a byte', wrapped({ ciphertext: oaep(framed('115')).subarray(0, -1) })],
    ['and cut to nothing', wrapped({ ciphertext: Buffer.alloc(0) })],
    [
      'with PKCS #1, and a byte longer',
      wrapped({ wrappingAlgorithm: 'RSA', ciphertext: Buffer.concat([pkcs1(dataKey), Buffer.of(1)]) }),
    ],
  ] as [string, EncryptedDataKey][])(
    'is never a data key that was wrapped %s',
    async (_, encryptedDataKey) => {
      const failure = await failureOf(() => keyring.decryptDataKey(encryptedDataKey));
      expect(failure).toEqual(authenticationFailure());
      expect([failure.code, failure.cause]).toEqual(['AUTHENTICATION_FAILED', undefined]);
    },
  );

  test.each([
    ['RSA', 'altered', withFlippedBit(pkcs1(dataKey), 50)],
    ['RSA', 'cut', pkcs1(dataKey).subarray(1)],
    ['RSA', 'made with OAEP', oaep(dataKey)],
    ['RSA', 'of 16 bytes', pkcs1(patternBytes(16))],
    ['RSA', 'of 33 bytes', pkcs1(patternBytes(33))],
    ['RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'made with PKCS #1', pkcs1(dataKey)],
    ['RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'made with SHA-1 alone', oaep(dataKey)],
  ] as [EncryptedDataKey['wrappingAlgorithm'], string, Buffer][])(
    'is with the legacy "%s" no error where it is %s: something else stands in for the data key',
    async (wrappingAlgorithm, _, ciphertext) => {
      const bad = wrapped({ wrappingAlgorithm, ciphertext });
      const { plaintext } = await keyring.decryptDataKey(bad);
      expect(plaintext).toHaveLength(32);
      expect(hex(plaintext)).not.toBe(hex(dataKey));
      // The same every time, or a reader that is asked twice would tell.
      expect(hex((await keyring.decryptDataKey(bad)).plaintext)).toBe(hex(plaintext));
      // Whoever has the ciphertext alone must not know it, or could ask whether it opens.
      expect(hex(plaintext)).not.toBe(createHash('sha256').update(ciphertext).digest('hex'));
    },
  );

  test.each([
    ['opens', pkcs1(dataKey)],
    ['does not', withFlippedBit(pkcs1(dataKey), 50)],
  ])('leaves no copy of the private key behind where a legacy padding %s', async (_, ciphertext) => {
    const exporting = jest.spyOn(pair.privateKey, 'export');
    await keyring.decryptDataKey(wrapped({ wrappingAlgorithm: 'RSA', ciphertext }));
    const copies = exporting.mock.results.map(({ value }) => value as Buffer);
    exporting.mockRestore();
    expect(copies).toHaveLength(1);
    expect(copies.every(isWiped)).toBe(true);
  });

  test.each(['kms+context', 'kms', 'AES/GCM', 'AESWrap', 'AES'] as const)(
    'is never what was wrapped with "%s"',
    async (wrappingAlgorithm) => {
      const failure = await failureOf(() => keyring.decryptDataKey(wrapped({ wrappingAlgorithm })));
      expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
      expect(failure.fields).toEqual({ wrappingAlgorithm });
    },
  );

  test('is nothing without the private key', async () => {
    const sealing = new RawRsaKeyring({ publicKey: pair.publicKey });
    const failure = await failureOf(() => sealing.decryptDataKey(wrapped({})));
    expect(failure.code).toBe('CONFIGURATION_INVALID');
    expect(failure.message).toBe('the keyring has no private key, and cannot open');
  });

  test('is the one padding that a caller may ask for', async () => {
    expect(hex(decryptOaepSha1(pair.privateKey, oaep(dataKey)))).toBe(hex(dataKey));
    const failure = await failureOf(() => decryptOaepSha1(other.privateKey, oaep(dataKey)));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });
});

describe('the halves of a key pair', () => {
  const opens = async (sealing: RawRsaKeyring, opening: RawRsaKeyring) => {
    const { plaintext, encryptedDataKey } = await sealing.generateDataKey({}, committingSuite);
    const opened = await opening.decryptDataKey(encryptedDataKey);
    return hex(opened.plaintext) === hex(plaintext);
  };

  test('may be both given, or the private one alone', async () => {
    const { publicKey, privateKey } = pair;
    const sealing = new RawRsaKeyring({ publicKey });
    for (const each of [new RawRsaKeyring({ privateKey }), new RawRsaKeyring({ publicKey, privateKey })]) {
      expect(await opens(each, each)).toBe(true);
      expect(await opens(sealing, each)).toBe(true);
    }
  });

  test('may be of two pairs, to move from one to the other: the public one seals', async () => {
    const moving = new RawRsaKeyring({ publicKey: other.publicKey, privateKey: pair.privateKey });
    expect(await opens(moving, new RawRsaKeyring({ privateKey: other.privateKey }))).toBe(true);
    expect(await opens(keyring, moving)).toBe(true);
    const { encryptedDataKey } = await moving.generateDataKey({}, committingSuite);
    await thrownBy(() => keyring.decryptDataKey(encryptedDataKey));
  });

  test('may not be both missing', async () => {
    const failure = await failureOf(() => new RawRsaKeyring({}));
    expect([failure.code, failure.message]).toEqual(['CONFIGURATION_INVALID', 'no RSA key was given']);
  });

  test('wraps a data key that was made elsewhere, and refuses one of another length', async () => {
    const dataKey = patternBytes(32);
    const wrapped = await new RawRsaKeyring({ publicKey: pair.publicKey }).wrapDataKey(
      dataKey,
      committingSuite,
    );
    expect(wrapped).toMatchObject({
      wrappingAlgorithm: 'RSA-OAEP-SHA1',
      context: {},
      suite: committingSuite,
    });
    const { plaintext } = await keyring.decryptDataKey(wrapped);
    expect(Buffer.from(plaintext).equals(dataKey)).toBe(true);
    const short = await failureOf(() => keyring.wrapDataKey(patternBytes(31), committingSuite));
    expect(short.code).toBe('DATA_KEY_INVALID');
  });

  test('may not have the public exponent 1, which leaves a data key as it is', async () => {
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), e: 'AQ' };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const failure = await failureOf(() => new RawRsaKeyring({ publicKey }));
    expect([failure.code, failure.message]).toEqual([
      'CONFIGURATION_INVALID',
      'the public key has the exponent 1',
    ]);
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 2040 });
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const secret = createSecretKey(patternBytes(32));
  test.each([
    ['public', 'a private one', { publicKey: pair.privateKey }],
    ['public', 'of 2040 bits', { publicKey: small.publicKey }],
    ['public', 'elliptic', { publicKey: elliptic.publicKey }],
    ['public', 'for signatures only', { publicKey: pss.publicKey }],
    ['public', 'a secret', { publicKey: secret }],
    ['private', 'a public one', { privateKey: pair.publicKey }],
    ['private', 'a public one, beside the public one', { ...pair, privateKey: pair.publicKey }],
    ['private', 'of 2040 bits', { privateKey: small.privateKey }],
    ['private', 'elliptic', { privateKey: elliptic.privateKey }],
    ['private', 'for signatures only', { privateKey: pss.privateKey }],
    ['private', 'a secret', { privateKey: secret }],
  ])('may not have a %s one that is %s', async (type, _, options) => {
    const failure = await failureOf(() => new RawRsaKeyring(options));
    expect([failure.code, failure.message]).toEqual([
      'CONFIGURATION_INVALID',
      `the ${type} key must be an RSA ${type} key of at least 2048 bits`,
    ]);
  });
});
