import { constants, createHash, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RawRsaKeyring } from '../../envelope/raw-rsa-keyring.ts';
import { decryptOaepMixed } from '../../envelope/rsa-oaep-mixed.ts';
import { cbcSuite } from '../../envelope/suite.ts';
import { patternBytes, withFlippedBit } from '../support/bytes.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const message = patternBytes(32, 'message');
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** MGF1 of RFC 8017, B.2.1, with SHA-1. */
function mgf1(seed: Uint8Array, lengthBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(lengthBytes / 20) }, (_, counter) =>
    createHash('sha1')
      .update(seed)
      .update(Buffer.of(0, 0, 0, counter))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

const xor = (a: Uint8Array, b: Uint8Array) => Buffer.from(a.map((byte, at) => byte ^ Number(b[at])));

/** The data block of RFC 8017, 7.1.1: 223 bytes for a modulus of 256. */
function dataBlock(text: Uint8Array, label: Uint8Array = Buffer.alloc(0)): Buffer {
  const zeros = Buffer.alloc(256 - 1 - 32 - 32 - 1 - text.length);
  return Buffer.concat([sha256(label), zeros, Buffer.of(1), text]);
}

/** The rest of RFC 8017, 7.1.1, over any data block. */
function encrypted(block: Buffer, firstByte = 0): Buffer {
  const seed = patternBytes(32, 'seed');
  const maskedBlock = xor(block, mgf1(seed, block.length));
  const maskedSeed = xor(seed, mgf1(maskedBlock, 32));
  const encoded = Buffer.concat([Buffer.of(firstByte), maskedSeed, maskedBlock]);
  return publicEncrypt({ key: pair.publicKey, padding: constants.RSA_NO_PADDING }, encoded);
}

const decrypted = (ciphertext: Uint8Array) => hex(decryptOaepMixed(pair.privateKey, ciphertext));
const withByte = (block: Buffer, at: number, byte: number) => {
  const copy = Buffer.from(block);
  copy[at] = byte;
  return copy;
};

describe('RSA-OAEP with SHA-256 and masks of SHA-1', () => {
  test.each([0, 1, 15, 16, 17, 32, 189, 190])('opens a message of %i bytes', (lengthBytes) => {
    const text = patternBytes(lengthBytes);
    expect(decrypted(encrypted(dataBlock(text)))).toBe(hex(text));
  });

  test('is how a raw RSA keyring opens what the second clients wrapped', async () => {
    const { plaintext } = await new RawRsaKeyring({ privateKey: pair.privateKey }).decryptDataKey({
      wrappingAlgorithm: 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding',
      ciphertext: encrypted(dataBlock(message)),
      context: {},
      suite: cbcSuite,
    });
    expect(hex(plaintext)).toBe(hex(message));
  });

  test('opens any message, zeros and ones at its beginning too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, max: 2 }), (text) => {
        expect(decrypted(encrypted(dataBlock(text)))).toBe(hex(text));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['another label', encrypted(dataBlock(message, Buffer.of(1)))],
    ['a label that differs in its first byte', encrypted(withFlippedBit(dataBlock(message), 0))],
    ['a label that differs in its last byte', encrypted(withFlippedBit(dataBlock(message), 31))],
    ['another first byte', encrypted(dataBlock(message), 1)],
    ['no zero after the label', encrypted(withByte(dataBlock(message), 32, 2))],
    ['no zero in the middle', encrypted(withByte(dataBlock(message), 100, 0xff))],
    ['no zero before the one', encrypted(withByte(dataBlock(message), 189, 2))],
    ['another byte than one', encrypted(withByte(dataBlock(message), 190, 2))],
    ['only zeros', encrypted(Buffer.concat([sha256(Buffer.alloc(0)), Buffer.alloc(191)]))],
    ['fewer bytes than the modulus has', Buffer.alloc(255, 1)],
    [
      'one hash for both',
      publicEncrypt(
        { key: pair.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
        message,
      ),
    ],
  ])('opens nothing with %s', (_, ciphertext) => {
    expect(decryptOaepMixed(pair.privateKey, ciphertext)).toBeUndefined();
  });

  test('ends its padding at the first one', () => {
    const block = withByte(dataBlock(message), 100, 1);
    expect(decrypted(encrypted(block))).toBe(hex(block.subarray(101)));
  });

  test.each([
    ['longer', Buffer.alloc(257, 1)],
    ['as long, and greater', Buffer.alloc(256, 0xff)],
  ])('throws where the ciphertext is %s than the modulus', (_, ciphertext) => {
    expect(() => decryptOaepMixed(pair.privateKey, ciphertext)).toThrow();
  });
});
