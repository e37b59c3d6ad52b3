import { describe, expect, test } from '@jest/globals';
import {
  isLegacyWrapping,
  storedBeside,
  unsupportedWrapping,
  wrappingFromV2,
  wrappingFromV3,
  wrappingToV3,
  type WrappingAlgorithm,
} from '../../envelope/wrapping-algorithm.ts';
import { failureOf } from '../support/bytes.ts';

const context = 'encryption-context';
const description = 'material-description';

describe('a wrapping algorithm', () => {
  test.each([
    ['kms+context', '12', context],
    ['kms', undefined, context],
    ['AES/GCM', '02', description],
    ['AESWrap', undefined, description],
    ['AES', undefined, description],
    ['RSA-OAEP-SHA1', '22', description],
    ['RSA/ECB/OAEPWithSHA-256AndMGF1Padding', undefined, description],
    ['RSA', undefined, description],
  ] as [WrappingAlgorithm, string | undefined, string][])(
    'named "%s" has the value %s in V3, and stores an %s',
    async (algorithm, v3Value, beside) => {
      expect(wrappingFromV2(algorithm)).toBe(algorithm);
      expect(storedBeside(algorithm)).toBe(beside);
      expect(isLegacyWrapping(algorithm)).toBe(v3Value === undefined);
      if (v3Value === undefined) {
        const failure = await failureOf(() => wrappingToV3(algorithm));
        expect(failure).toEqual(unsupportedWrapping(algorithm));
        expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
      } else {
        expect(wrappingToV3(algorithm)).toBe(v3Value);
        expect(wrappingFromV3(v3Value)).toBe(algorithm);
      }
    },
  );

  test.each([
    '',
    'KMS',
    'kms+context ',
    '12',
    'AES/CBC',
    'toString',
    '__proto__',
    'constructor',
    'undefined',
  ])('named "%s" is unknown to V2', async (name) => {
    const failure = await failureOf(() => wrappingFromV2(name));
    expect([failure.code, failure.message, failure.fields]).toEqual([
      'ENVELOPE_UNSUPPORTED',
      'the wrapping algorithm is unknown',
      {},
    ]);
  });

  test.each(['', '1', '2', '12 ', '11', '01', '21', '22.0', '0x0c', 'kms', 'kms+context', 'undefined'])(
    'with the value "%s" is unknown to V3',
    async (value) => {
      const failure = await failureOf(() => wrappingFromV3(value));
      expect([failure.code, failure.message]).toEqual([
        'ENVELOPE_UNSUPPORTED',
        'the wrapping algorithm is unknown',
      ]);
    },
  );
});

test('a keyring names the wrapping that is not its own', () => {
  const failure = unsupportedWrapping('AESWrap');
  expect(failure.message).toBe('the wrapping algorithm "AESWrap" is not supported here');
  expect(failure.fields).toEqual({ wrappingAlgorithm: 'AESWrap' });
});
