import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Keyring } from '../../envelope/keyring.ts';

/** What was computed, in its order. */
const steps: string[] = [];
const compared: string[][] = [];
let hasCbc = true;

const hex = (bytes: NodeJS.ArrayBufferView) => Buffer.from(bytes as Uint8Array).toString('hex');

jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  hkdfSync: (...given: Parameters<typeof crypto.hkdfSync>) => {
    steps.push(
      Buffer.from(given[3] as Uint8Array)
        .subarray(2)
        .toString(),
    );
    return crypto.hkdfSync(...given);
  },
  timingSafeEqual: (one: NodeJS.ArrayBufferView, other: NodeJS.ArrayBufferView) => {
    steps.push('compare');
    compared.push([hex(one), hex(other)]);
    return crypto.timingSafeEqual(one, other);
  },
  createDecipheriv: (name: string, ...rest: [crypto.CipherKey, crypto.BinaryLike | null]) => {
    if (!hasCbc && name.endsWith('-cbc')) throw new Error('Unknown cipher');
    return crypto.createDecipheriv(name, ...rest);
  },
}));
// Whatever imports it must be imported after it was replaced.
const { parseEnvelope } = await import('../../envelope/content-metadata.ts');
const { ContentDecryptor } = await import('../../envelope/decryption.ts');
const { startOpen, startOpenCbcRange } = await import('../../envelope/open.ts');
const { RangeDecryptor } = await import('../../envelope/range-decryption.ts');
const { failureOf, isWiped, patternBytes, thrownBy, withFlippedBit } = await import('../support/bytes.ts');
const { cbcContent, committingContent, v1Metadata, v2Metadata, wellFormedMetadata, without } =
  await import('../support/envelopes.ts');
const { cbcSuite } = await import('../../envelope/suite.ts');

const dataKey = patternBytes(32, 'data key');
const content = committingContent(dataKey);
const gcmInV3 = { ...wellFormedMetadata, 'x-amz-t': '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}' };

/** It fails the test when it is asked. */
const asksNothing: Keyring = {
  decryptDataKey: () => Promise.reject(new Error('the keyring was asked')),
  generateDataKey: () => Promise.reject(new Error('the keyring was asked')),
};

beforeEach(() => {
  steps.length = 0;
  compared.length = 0;
  hasCbc = true;
});

describe.each([
  ['a whole content', (of: typeof content) => new ContentDecryptor(dataKey, of)],
  ['a range', (of: typeof content) => new RangeDecryptor(dataKey, of, 0)],
])('the commitment, for %s,', (_, decryptor) => {
  test('is compared in constant time', async () => {
    decryptor(content);
    const commitment = withFlippedBit(content.commitment, 27);
    await failureOf(() => decryptor({ ...content, commitment }));
    expect(compared).toEqual([
      [hex(content.commitment), hex(content.commitment)],
      [hex(content.commitment), hex(commitment)],
    ]);
  });

  test('is compared before the content key is derived', async () => {
    decryptor(content);
    expect(steps).toEqual(['COMMITKEY', 'compare', 'DERIVEKEY']);
    steps.length = 0;
    const other = { ...content, commitment: withFlippedBit(content.commitment, 0) };
    expect((await failureOf(() => decryptor(other))).code).toBe('AUTHENTICATION_FAILED');
    expect(steps).toEqual(['COMMITKEY', 'compare']);
  });
});

test.each([
  ['the whole', startOpen],
  ['a range', startOpenCbcRange],
])('CBC that the platform does not have is an error that says so: %s', async (_, start) => {
  const context = {};
  const encryptedDataKey = {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(40),
    context,
    suite: cbcSuite,
  } as const;
  const plaintext = patternBytes(32);
  const keyring: Keyring = { ...asksNothing, decryptDataKey: () => Promise.resolve({ plaintext }) };
  const reading = {
    expectedContext: {},
    legacyContent: true,
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  } as const;
  hasCbc = false;
  const error = await thrownBy(() => start(keyring, { encryptedDataKey, content: cbcContent }, reading));
  expect(error).toMatchObject({ message: 'Unknown cipher' });
  expect(isWiped(plaintext)).toBe(true);
});

test('CBC that is not turned on is an error that says what to turn on', async () => {
  const { encryptedDataKey, content: older } = parseEnvelope(v1Metadata);
  const reading = { expectedContext: {}, legacyWrapping: true };
  const failure = await failureOf(() =>
    startOpen(asksNothing, { encryptedDataKey, content: older }, reading),
  );
  expect(failure.message).toContain(cbcSuite.name);
  expect(failure.hint).toContain('turn on legacyContent');
});

test.each([
  ['V3', { ...wellFormedMetadata, 'x-amz-c': 'AES/GCM/NoPadding' }],
  ['V3, in its context too', { ...gcmInV3, 'x-amz-c': 'AES/GCM/NoPadding' }],
  ['V1', { ...v1Metadata, 'x-amz-cek-alg': 'AES/GCM/NoPadding' }],
])('GCM without a commitment is not read in %s', async (_, metadata) => {
  expect((await failureOf(() => parseEnvelope(metadata))).code).toBe('ENVELOPE_MALFORMED');
});

const raw = { ...without(wellFormedMetadata, 'x-amz-t'), 'x-amz-w': '02' };
test.each([
  ['x-amz-matdesc', { ...v2Metadata, 'x-amz-wrap-alg': 'AES/GCM' }, {}],
  ['x-amz-m', raw, {}],
  ['x-amz-t', wellFormedMetadata, { 'aws:x-amz-cek-alg': '115' }],
])('what S3 encoded twice is read: %s', (name, metadata, pairs) => {
  const expected = { ...pairs, größe: 'groß' };
  // Each byte of UTF-8 is taken for a character, and all of them are encoded again.
  const asLatin1 = Buffer.from(JSON.stringify(expected)).toString('latin1');
  const word = `=?UTF-8?B?${Buffer.from(asLatin1).toString('base64')}?=`;
  const { encryptedDataKey } = parseEnvelope({ ...metadata, [name]: word });
  expect(encryptedDataKey.context).toEqual(expected);
});
