import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';

const seen: Buffer[] = [];
/** What a hash was made of, and what was compared: views of what is computed with, not copies. */
const looks: Uint8Array[] = [];
let isBroken = false;

jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  publicEncrypt: (options: crypto.RsaPublicKey, framed: Buffer) => {
    seen.push(framed);
    if (isBroken) throw new Error('no randomness');
    return crypto.publicEncrypt(options, framed);
  },
  privateDecrypt: (options: crypto.RsaPrivateKey, ciphertext: Buffer) => {
    const framed = crypto.privateDecrypt(options, ciphertext);
    seen.push(framed);
    return framed;
  },
  createHash: (name: string) => {
    const hash = crypto.createHash(name);
    const update = hash.update.bind(hash) as (data: Uint8Array) => crypto.Hash;
    return Object.assign(hash, {
      update: (data: Uint8Array) => {
        looks.push(data);
        return update(data);
      },
    });
  },
  timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
    looks.push(one);
    return crypto.timingSafeEqual(one, other);
  },
}));
// Whatever imports it must be imported after it was replaced.
const { RawRsaKeyring } = await import('../../envelope/raw-rsa-keyring.ts');
const { committingSuite, gcmSuite } = await import('../../envelope/suite.ts');
const { isWiped, patternBytes, thrownBy } = await import('../support/bytes.ts');

const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyring = new RawRsaKeyring({ privateKey });

beforeEach(() => {
  seen.length = 0;
  isBroken = false;
});

describe('the framed data key', () => {
  test('is zero-filled after it was wrapped, and the data key is not', async () => {
    const { plaintext } = await keyring.generateDataKey({}, committingSuite);
    expect(seen.map(({ length }) => length)).toEqual([1 + 32 + 3]);
    expect(seen.every(isWiped)).toBe(true);
    expect(isWiped(plaintext)).toBe(false);
  });

  test('is zero-filled where it cannot be wrapped', async () => {
    isBroken = true;
    await thrownBy(() => keyring.generateDataKey({}, committingSuite));
    expect(seen).toHaveLength(1);
    expect(seen.every(isWiped)).toBe(true);
  });

  test('is zero-filled after it was opened, and the data key is not', async () => {
    const { plaintext, encryptedDataKey } = await keyring.generateDataKey({}, committingSuite);
    seen.length = 0;
    const opened = await keyring.decryptDataKey(encryptedDataKey);
    expect(Buffer.from(opened.plaintext).equals(plaintext)).toBe(true);
    expect(seen.map(({ length }) => length)).toEqual([1 + 32 + 3]);
    expect(seen.every(isWiped)).toBe(true);
  });

  test('is zero-filled where it is of another suite', async () => {
    const { encryptedDataKey } = await keyring.generateDataKey({}, committingSuite);
    seen.length = 0;
    await thrownBy(() => keyring.decryptDataKey({ ...encryptedDataKey, suite: gcmSuite }));
    expect(seen).toHaveLength(1);
    expect(seen.every(isWiped)).toBe(true);
  });
});

test('a data key that PKCS #1 wrapped is handed out as it is', async () => {
  const dataKey = patternBytes(32);
  const padding = crypto.constants.RSA_PKCS1_PADDING;
  const { plaintext } = await keyring.decryptDataKey({
    wrappingAlgorithm: 'RSA',
    ciphertext: crypto.publicEncrypt({ key: publicKey, padding }, dataKey),
    context: {},
    suite: committingSuite,
  });
  expect(plaintext).toBe(seen[0]);
  expect(Buffer.from(plaintext).equals(dataKey)).toBe(true);
});

test('the padded block of mixed OAEP is zero-filled, whether it opens or not', async () => {
  const padding = crypto.constants.RSA_NO_PADDING;
  const block = Buffer.concat([Buffer.alloc(1), patternBytes(255)]);
  const ciphertext = crypto.publicEncrypt({ key: publicKey, padding }, block);
  looks.length = 0;
  await keyring.decryptDataKey({
    wrappingAlgorithm: 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding',
    ciphertext,
    context: {},
    suite: committingSuite,
  });
  expect(seen.map(({ length }) => length)).toEqual([256]);
  expect(seen.every(isWiped)).toBe(true);
  // The masked block, the seed and the block itself; the counters of the masks have 4 bytes.
  const parts = looks.filter(({ length }) => length !== 4);
  expect(new Set(parts.map(({ length }) => length))).toEqual(new Set([223, 32]));
  expect(parts.every(isWiped)).toBe(true);
});
