import { describe, expect, test } from '@jest/globals';
import * as names from '../../envelope/metadata-names.ts';
import { failureOf } from '../support/bytes.ts';
import { v1Metadata, v2Metadata, wellFormedMetadata } from '../support/envelopes.ts';

const { classify, lowerCased, withoutEnvelope } = names;

const v1 = ['x-amz-key'];
const v2 = ['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-tag-len'];
const v1AndV2 = ['x-amz-iv', 'x-amz-matdesc', 'x-amz-unencrypted-content-length'];
const v3Content = ['x-amz-c', 'x-amz-d', 'x-amz-i'];
const v3DataKey = ['x-amz-3', 'x-amz-w', 'x-amz-m', 'x-amz-t'];
const mark = 'x-amz-crypto-instr-file';

const pairs = (ours: string[], theirs: string[]) => ours.flatMap((a) => theirs.map((b) => [a, b] as const));

describe('the names of the formats', () => {
  test('are these', () => {
    expect(names).toMatchObject({
      ENCRYPTED_DATA_KEY_V1: 'x-amz-key',
      ENCRYPTED_DATA_KEY_V2: 'x-amz-key-v2',
      ENCRYPTED_DATA_KEY_ALGORITHM_V2: 'x-amz-wrap-alg',
      CONTENT_CIPHER_V2: 'x-amz-cek-alg',
      TAG_LENGTH_V2: 'x-amz-tag-len',
      CONTENT_IV: 'x-amz-iv',
      MAT_DESC: 'x-amz-matdesc',
      UNENCRYPTED_CONTENT_LENGTH: 'x-amz-unencrypted-content-length',
      CONTENT_CIPHER_V3: 'x-amz-c',
      ENCRYPTED_DATA_KEY_V3: 'x-amz-3',
      ENCRYPTED_DATA_KEY_ALGORITHM_V3: 'x-amz-w',
      KEY_COMMITMENT_V3: 'x-amz-d',
      MESSAGE_ID_V3: 'x-amz-i',
      MAT_DESC_V3: 'x-amz-m',
      ENCRYPTION_CONTEXT_V3: 'x-amz-t',
      INSTRUCTION_FILE_MARK: mark,
    });
  });

  test('are all kept for the format', () => {
    expect([...names.envelopeNames].sort()).toEqual(
      [...v1, ...v2, ...v1AndV2, ...v3Content, ...v3DataKey, mark].sort(),
    );
  });

  test('are halves in V3: what tells of the content, and what tells of the data key', () => {
    expect([...names.v3ContentNames].sort()).toEqual([...v3Content].sort());
    expect([...names.v3DataKeyNames].sort()).toEqual([...v3DataKey].sort());
  });
});

describe('the version of an object', () => {
  test.each([
    ...v1.map((name) => ['v1', name]),
    ...v2.map((name) => ['v2', name]),
    ...v1AndV2.map((name) => ['none', name]),
    ...v3DataKey.map((name) => ['v3', name]),
    ...v3Content.map((name) => ['v3-with-instruction-file', name]),
    ['none', mark],
    ['none', 'x-amz-4'],
  ])('is %s with %s alone', (version, name = '') => {
    expect(classify({ [name]: '' })).toBe(version);
    expect(classify({ [name.toUpperCase()]: '' })).toBe(version);
  });

  test.each([...pairs(v3DataKey, v3Content)])('is v3 with %s and %s', (one, other) => {
    expect(classify({ [one]: '', [other]: '', [mark]: '' })).toBe('v3');
  });

  test.each([...pairs(v1, v1AndV2)])('is v1 with %s and %s', (one, other) => {
    expect(classify({ [one]: '', [other]: '', [mark]: '' })).toBe('v1');
  });

  test.each([...pairs(v2, v1AndV2)])('is v2 with %s and %s', (one, other) => {
    expect(classify({ [one]: '', [other]: '', [mark]: '' })).toBe('v2');
  });

  test.each([
    ...pairs(v1, v2),
    ...pairs(v1, [...v3Content, ...v3DataKey]),
    ...pairs(v2, [...v3Content, ...v3DataKey]),
    ...pairs(v1AndV2, [...v3Content, ...v3DataKey]),
  ])('is never guessed with %s and %s', async (one, other) => {
    const failure = await failureOf(() => classify({ [one]: '', [other]: '' }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.message).toBe('the metadata mixes names of several format versions');
  });
});

describe('the metadata without its envelope', () => {
  test.each([v1Metadata, v2Metadata, wellFormedMetadata, { [mark]: '' }])('is the rest of %j', (envelope) => {
    const rest = { title: 'a', Title2: 'b', 'x-amz-4': 'c', 'x-amz-crypto-instr-file2': 'd' };
    expect(withoutEnvelope({ ...envelope, ...rest })).toEqual(rest);
  });
});

describe('the entries by their names in lower case', () => {
  test('keep their values', () => {
    expect([...lowerCased({ 'X-Amz-I': 'ABC', title: 'Title' })]).toEqual([
      ['x-amz-i', 'ABC'],
      ['title', 'Title'],
    ]);
    expect([...lowerCased({})]).toEqual([]);
  });

  test.each([
    { a: '1', A: '1' },
    { 'x-amz-i': '', c: '', 'X-AMZ-I': '' },
  ])('are refused where one is there twice: %j', async (metadata) => {
    const failure = await failureOf(() => lowerCased(metadata));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.message).toBe('a metadata entry is there twice, in two cases');
  });
});
