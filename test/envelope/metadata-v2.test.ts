import { describe, expect, test } from '@jest/globals';
import { malformedEntry, MetadataEntries } from '../../envelope/metadata-entries.ts';
import type { Metadata } from '../../envelope/metadata-names.ts';
import { encodeV2, parseV1, parseV2 } from '../../envelope/metadata-v2.ts';
import { cbcSuite, gcmSuite } from '../../envelope/suite.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { cbcContent, gcmContent, v1Metadata, v2Metadata, without } from '../support/envelopes.ts';

const parse2 = (metadata: Metadata) => parseV2(new MetadataEntries(metadata));
const parse1 = (metadata: Metadata) => parseV1(new MetadataEntries(metadata));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

const encryptedDataKey = {
  wrappingAlgorithm: 'kms+context',
  ciphertext: patternBytes(184),
  context: { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding', a: 'b' },
  suite: gcmSuite,
} as const;
const cbcMetadata: Metadata = {
  ...without(v2Metadata, 'x-amz-tag-len'),
  'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
  'x-amz-iv': base64(patternBytes(16)),
  'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}',
};

describe('a V2 envelope that is written', () => {
  test('has these entries and no others', () => {
    expect(encodeV2(encryptedDataKey, gcmContent)).toEqual({
      'x-amz-key-v2': base64(patternBytes(184)),
      'x-amz-wrap-alg': 'kms+context',
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-iv': base64(gcmContent.iv),
      'x-amz-matdesc': '{"a":"b","aws:x-amz-cek-alg":"AES/GCM/NoPadding"}',
      'x-amz-tag-len': '128',
    });
  });

  test.each([0, 1, 68_719_476_704])('notes a length of %i bytes', (lengthBytes) => {
    const metadata = encodeV2(encryptedDataKey, { ...gcmContent, noted: { lengthBytes } });
    expect(metadata['x-amz-unencrypted-content-length']).toBe(String(lengthBytes));
    expect(parse2(metadata).content).toEqual({ ...gcmContent, noted: { lengthBytes } });
  });

  test('has a description of a raw key, an empty one too', () => {
    for (const context of [{}, { key: '1' }]) {
      const metadata = encodeV2({ ...encryptedDataKey, wrappingAlgorithm: 'AES/GCM', context }, gcmContent);
      expect(metadata).toMatchObject({
        'x-amz-wrap-alg': 'AES/GCM',
        'x-amz-matdesc': JSON.stringify(context),
      });
    }
  });

  test('has no tag length with CBC', () => {
    const metadata = encodeV2({ ...encryptedDataKey, suite: cbcSuite }, cbcContent);
    expect(metadata).toMatchObject({
      'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
      'x-amz-iv': base64(cbcContent.iv),
    });
    expect(metadata).not.toHaveProperty('x-amz-tag-len');
  });

  test('is read back', () => {
    const envelope = { encryptedDataKey, content: gcmContent };
    expect(parse2(encodeV2(encryptedDataKey, gcmContent))).toEqual(envelope);
  });
});

describe('a V2 envelope that is read', () => {
  test('may be of CBC', () => {
    expect(parse2(cbcMetadata)).toEqual({
      encryptedDataKey: {
        wrappingAlgorithm: 'kms+context',
        ciphertext: patternBytes(184),
        context: { 'aws:x-amz-cek-alg': 'AES/CBC/PKCS5Padding' },
        suite: cbcSuite,
      },
      content: { suite: cbcSuite, iv: patternBytes(16) },
    });
  });

  test.each([
    'x-amz-key-v2',
    'x-amz-wrap-alg',
    'x-amz-cek-alg',
    'x-amz-iv',
    'x-amz-matdesc',
    'x-amz-tag-len',
  ])('must have %s', async (name) => {
    const failure = await failureOf(() => parse2(without(v2Metadata, name)));
    expect(failure).toEqual(malformedEntry(name));
    expect(failure.fields).toEqual({ name });
  });

  test.each([
    ['AES/GCM', '{}', {}],
    ['AES/GCM', '{"key":"1"}', { key: '1' }],
    ['AESWrap', '{"aws:x-amz-cek-alg":"anything"}', { 'aws:x-amz-cek-alg': 'anything' }],
    ['AES', '{}', {}],
    ['RSA-OAEP-SHA1', '{}', {}],
    ['RSA/ECB/OAEPWithSHA-256AndMGF1Padding', '{}', {}],
    ['RSA', '{}', {}],
    ['kms', '{}', {}],
    ['kms', '{"kms_cmk_id":"1"}', { kms_cmk_id: '1' }],
  ])('may be wrapped by "%s", with %s', (wrappingAlgorithm, description, context) => {
    const metadata = { ...v2Metadata, 'x-amz-wrap-alg': wrappingAlgorithm, 'x-amz-matdesc': description };
    expect(parse2(metadata).encryptedDataKey).toMatchObject({ wrappingAlgorithm, context });
  });

  test.each([
    ['kms+context', '{}'],
    ['kms+context', '{"aws:x-amz-cek-alg":"115"}'],
    ['kms+context', '{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}'],
    ['kms', '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}'],
    ['kms', '{"aws:x-amz-cek-alg":""}'],
  ])('was relabelled where the wrapping "%s" stands beside %s', async (wrapping, description) => {
    const metadata = { ...v2Metadata, 'x-amz-wrap-alg': wrapping, 'x-amz-matdesc': description };
    const failure = await failureOf(() => parse2(metadata));
    expect(failure).toEqual(malformedEntry('x-amz-matdesc'));
    expect(failure.fields).toEqual({ name: 'x-amz-matdesc' });
  });

  test('was relabelled where GCM became CBC', async () => {
    const relabelled = { ...cbcMetadata, 'x-amz-matdesc': v2Metadata['x-amz-matdesc'] ?? '' };
    expect((await failureOf(() => parse2(relabelled))).fields).toEqual({ name: 'x-amz-matdesc' });
  });

  test.each([
    ['x-amz-tag-len', '96'],
    ['x-amz-tag-len', '0'],
    ['x-amz-tag-len', '16'],
    ['x-amz-tag-len', '0128'],
    ['x-amz-key-v2', ''],
    ['x-amz-key-v2', '!'],
    ['x-amz-iv', base64(patternBytes(11))],
    ['x-amz-iv', base64(patternBytes(13))],
    ['x-amz-iv', base64(patternBytes(16))],
    ['x-amz-unencrypted-content-length', ''],
    ['x-amz-unencrypted-content-length', '-1'],
    ['x-amz-unencrypted-content-length', '1.5'],
    ['x-amz-unencrypted-content-length', '1e3'],
    ['x-amz-unencrypted-content-length', ' 1'],
    ['x-amz-unencrypted-content-length', '1 '],
    ['x-amz-unencrypted-content-length', '1000000000000000'],
  ])('may not have %s: "%s"', async (name, value) => {
    const failure = await failureOf(() => parse2({ ...v2Metadata, [name]: value }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.fields).toEqual({ name });
  });

  test.each(['0', '1', '017', '999999999999999'])('may note the length "%s"', (noted) => {
    const metadata = { ...v2Metadata, 'x-amz-unencrypted-content-length': noted };
    expect(parse2(metadata).content).toMatchObject({ noted: { lengthBytes: Number(noted) } });
  });

  test.each(['', '128', '0'])('may not have the tag length "%s" with CBC', async (tagLength) => {
    const failure = await failureOf(() => parse2({ ...cbcMetadata, 'x-amz-tag-len': tagLength }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.fields).toEqual({ name: 'x-amz-tag-len' });
  });

  test.each([12, 15, 17])('may not have an IV of %i bytes with CBC', async (lengthBytes) => {
    const metadata = { ...cbcMetadata, 'x-amz-iv': base64(patternBytes(lengthBytes)) };
    expect((await failureOf(() => parse2(metadata))).fields).toEqual({ name: 'x-amz-iv' });
  });

  test.each([
    ['x-amz-cek-alg', '115', 'the content algorithm is unknown'],
    ['x-amz-cek-alg', 'AES/CTR/NoPadding', 'the content algorithm is unknown'],
    ['x-amz-cek-alg', '', 'the content algorithm is unknown'],
    ['x-amz-wrap-alg', '12', 'the wrapping algorithm is unknown'],
    ['x-amz-wrap-alg', 'KMS', 'the wrapping algorithm is unknown'],
  ])('is of another client with %s: "%s"', async (name, value, message) => {
    const failure = await failureOf(() => parse2({ ...v2Metadata, [name]: value }));
    expect([failure.code, failure.message]).toEqual(['ENVELOPE_UNSUPPORTED', message]);
  });

  test.each(['', '[]', '{"a":1}'])('may not have the description %j', async (description) => {
    const failure = await failureOf(() => parse2({ ...v2Metadata, 'x-amz-matdesc': description }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
  });
});

describe('a V1 envelope that is read', () => {
  test.each([
    [1, 'AES'],
    [32, 'AES'],
    [48, 'AES'],
    [49, 'RSA'],
    [256, 'RSA'],
  ])('with a wrapped key of %i bytes was wrapped by %s', (lengthBytes, wrappingAlgorithm) => {
    const ciphertext = patternBytes(lengthBytes);
    const metadata = { ...v1Metadata, 'x-amz-key': base64(ciphertext), 'x-amz-matdesc': '{"key":"1"}' };
    expect(parse1(metadata)).toEqual({
      encryptedDataKey: { wrappingAlgorithm, ciphertext, context: { key: '1' }, suite: cbcSuite },
      content: { suite: cbcSuite, iv: patternBytes(16) },
    });
  });

  test.each(['x-amz-key', 'x-amz-iv', 'x-amz-matdesc'])('must have %s', async (name) => {
    const failure = await failureOf(() => parse1(without(v1Metadata, name)));
    expect(failure).toEqual(malformedEntry(name));
    expect(failure.fields).toEqual({ name });
  });

  test('may note a length', () => {
    const metadata = { ...v1Metadata, 'x-amz-unencrypted-content-length': '33' };
    expect(parse1(metadata).content).toMatchObject({ noted: { lengthBytes: 33 } });
  });

  test.each([12, 15, 17])('may not have an IV of %i bytes', async (lengthBytes) => {
    const metadata = { ...v1Metadata, 'x-amz-iv': base64(patternBytes(lengthBytes)) };
    expect((await failureOf(() => parse1(metadata))).fields).toEqual({ name: 'x-amz-iv' });
  });
});
