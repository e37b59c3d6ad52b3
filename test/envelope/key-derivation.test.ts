import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deriveCommitment, deriveContentKey, hkdfSha512 } from '../../envelope/key-derivation.ts';
import { patternBytes } from '../support/bytes.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

/**
 * Answers that the official Go client publishes for this suite.
 * Source: aws/amazon-s3-encryption-client-go, v4/internal/key_derivation_test.go
 */
const published = [
  {
    dataKey: '80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163',
    messageId: 'b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79',
    contentKey: '6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338',
    commitment: 'f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db',
  },
  {
    dataKey: '501afb8227d22e75e68010414b8abdaf3064c081e8e922dafef4992036394d60',
    messageId: '61a00b4981a5aacfd136c55cb726e32d2a547dc7600a7d4675c69127',
    contentKey: 'e14786a714748d1d2c3a4a6816dec56ddf1881bbeabb4f39420ffb9f63700b2f',
    commitment: '5c1e73e47f6fe3a70d6d094283aceaa76d2975feb829212d88f0afc1',
  },
];

describe('key derivation', () => {
  test.each(published)('gives the published answer for data key $dataKey', (answer) => {
    const dataKey = hex(answer.dataKey);
    const messageId = hex(answer.messageId);
    expect(deriveContentKey(dataKey, messageId).toString('hex')).toBe(answer.contentKey);
    expect(deriveCommitment(dataKey, messageId).toString('hex')).toBe(answer.commitment);
  });

  test('is HKDF-SHA512 as RFC 5869 builds it from HMAC, with the message id as its salt', () => {
    fc.assert(
      fc.property(bytes(32), bytes(28), (dataKey, messageId) => {
        expect(deriveContentKey(dataKey, messageId).toString('hex')).toBe(
          extractAndExpand(dataKey, messageId, '0073444552495645' + '4b4559', 32),
        );
        expect(deriveCommitment(dataKey, messageId).toString('hex')).toBe(
          extractAndExpand(dataKey, messageId, '0073434f4d4d4954' + '4b4559', 28),
        );
      }),
    );
  });

  test('the cross-check itself agrees with RFC 5869, and with HKDF of node', () => {
    // RFC 5869 has no SHA-512 vector: its construction is checked against node's own over its inputs.
    const key = Buffer.alloc(22, 0x0b);
    const salt = hex('000102030405060708090a0b0c');
    const info = 'f0f1f2f3f4f5f6f7f8f9';
    expect(extractAndExpand(key, salt, info, 42)).toBe(
      Buffer.from(hkdfSync('sha512', key, salt, hex(info), 42)).toString('hex'),
    );
  });

  test.each([1, 28, 32, 64, 65, 255 * 64])('expands to any length, %i bytes', (lengthBytes) => {
    const [key, salt, info] = [patternBytes(22, 'key'), patternBytes(13, 'salt'), patternBytes(10, 'info')];
    const expanded = hkdfSha512(key, salt, info, lengthBytes);
    expect(expanded).toHaveLength(lengthBytes);
    const first = extractAndExpand(key, salt, info.toString('hex'), Math.min(64, lengthBytes));
    expect(expanded.subarray(0, 64).toString('hex')).toBe(first);
  });

  test('gives content key and commitment that share nothing', () => {
    const [dataKey, messageId] = [patternBytes(32), patternBytes(28, 'id')];
    const contentKey = deriveContentKey(dataKey, messageId).toString('hex');
    expect(contentKey).not.toContain(deriveCommitment(dataKey, messageId).toString('hex').slice(0, 16));
  });
});

function bytes(lengthBytes: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: lengthBytes, maxLength: lengthBytes });
}

function extractAndExpand(key: Uint8Array, salt: Uint8Array, infoHex: string, lengthBytes: number): string {
  const pseudorandomKey = createHmac('sha512', salt).update(key).digest();
  const firstBlock = createHmac('sha512', pseudorandomKey)
    .update(Buffer.concat([hex(infoHex), Uint8Array.of(1)]))
    .digest();
  return firstBlock.subarray(0, lengthBytes).toString('hex');
}
