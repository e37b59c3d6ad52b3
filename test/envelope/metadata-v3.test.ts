import { describe, expect, test } from '@jest/globals';
import type { EncryptedDataKey } from '../../envelope/keyring.ts';
import { malformedEntry, MetadataEntries } from '../../envelope/metadata-entries.ts';
import type { Metadata } from '../../envelope/metadata-names.ts';
import { encodeV3, parseV3 } from '../../envelope/metadata-v3.ts';
import { failureOf } from '../support/bytes.ts';
import { wellFormed, wellFormedMetadata, without } from '../support/envelopes.ts';

const parse = (metadata: Metadata) => parseV3(new MetadataEntries(metadata));
const { content } = wellFormed;
const raw = (changes: Partial<EncryptedDataKey>): EncryptedDataKey => ({
  ...wellFormed.encryptedDataKey,
  wrappingAlgorithm: 'AES/GCM',
  context: {},
  ...changes,
});

describe('a V3 envelope of a raw key', () => {
  test.each([
    ['AES/GCM', '02'],
    ['RSA-OAEP-SHA1', '22'],
  ] as const)('has its description in an entry of its own: %s', (wrappingAlgorithm, value) => {
    const wrapped = raw({ wrappingAlgorithm, context: { key: '1', a: 'b' } });
    const metadata = encodeV3(wrapped, content);
    const rest = without(wellFormedMetadata, 'x-amz-t');
    expect(metadata).toEqual({ ...rest, 'x-amz-w': value, 'x-amz-m': '{"a":"b","key":"1"}' });
    expect(parse(metadata)).toEqual({ encryptedDataKey: wrapped, content });
  });

  test('has no entry for an empty description, and is read without one', () => {
    const metadata = encodeV3(raw({}), content);
    expect(Object.keys(metadata).sort()).toEqual(['x-amz-3', 'x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-w']);
    expect(parse(metadata)).toEqual({ encryptedDataKey: raw({}), content });
  });

  test('takes any description, the algorithm pair too: nobody authenticates it', () => {
    const context = { 'aws:x-amz-cek-alg': 'anything' };
    expect(parse(encodeV3(raw({ context }), content)).encryptedDataKey.context).toEqual(context);
  });

  test('may not have an encryption context', async () => {
    const metadata = { ...encodeV3(raw({}), content), 'x-amz-t': '{"aws:x-amz-cek-alg":"115"}' };
    const failure = await failureOf(() => parse(metadata));
    expect(failure).toEqual(malformedEntry('x-amz-t'));
    expect(failure.fields).toEqual({ name: 'x-amz-t' });
  });
});

describe('a V3 envelope of KMS', () => {
  test('has its context, an empty one too', () => {
    const encryptedDataKey = { ...wellFormed.encryptedDataKey, context: {} };
    expect(encodeV3(encryptedDataKey, content)).toMatchObject({ 'x-amz-w': '12', 'x-amz-t': '{}' });
  });

  test('is read back', () => {
    expect(parse(wellFormedMetadata)).toEqual(wellFormed);
  });

  test.each([
    ['without a context', without(wellFormedMetadata, 'x-amz-t'), 'x-amz-t'],
    [
      'with another algorithm pair',
      { ...wellFormedMetadata, 'x-amz-t': '{"aws:x-amz-cek-alg":"0"}' },
      'x-amz-t',
    ],
    ['with a description', { ...wellFormedMetadata, 'x-amz-m': '{}' }, 'x-amz-m'],
    ['with another content algorithm', { ...wellFormedMetadata, 'x-amz-c': '0x73' }, 'x-amz-c'],
  ] as [string, Metadata, string][])('is refused %s', async (_, metadata, name) => {
    const failure = await failureOf(() => parse(metadata));
    expect(failure).toEqual(malformedEntry(name));
    expect(failure.fields).toEqual({ name });
  });
});

test.each(['kms', 'AESWrap', 'AES', 'RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'] as const)(
  'the legacy wrapping "%s" is never written in V3',
  async (wrappingAlgorithm) => {
    const failure = await failureOf(() => encodeV3(raw({ wrappingAlgorithm }), content));
    expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
    expect(failure.fields).toEqual({ wrappingAlgorithm });
  },
);
