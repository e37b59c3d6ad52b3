import { describe, expect, test } from '@jest/globals';
import { authenticationFailure } from '../../envelope/errors.ts';
import {
  assertNoContext,
  generateRawDataKey,
  orAuthenticationFailure,
  promised,
  rawKeyError,
} from '../../envelope/raw-key.ts';
import { committingSuite } from '../../envelope/suite.ts';
import { failureOf, isWiped } from '../support/bytes.ts';

describe('a raw key', () => {
  test.each([{}, { 'aws:x-amz-cek-alg': '115' }, { kms_cmk_id: 'x' }])(
    'takes no context but %j',
    (context) => {
      expect(() => {
        assertNoContext(context);
      }).not.toThrow();
    },
  );

  test('refuses a context, and names its pairs', async () => {
    const failure = await failureOf(() => {
      assertNoContext({ 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'a', team: 'secret' });
    });
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(failure.message).toBe('a raw key authenticates no encryption context');
    expect(failure.fields).toEqual({ names: ['sealdrop-vault', 'team'] });
    expect(failure.hint).toBe('seal without a context (binding "none"), or use a KMS keyring');
  });

  test('that cannot wrap is an error of the configuration', () => {
    expect(rawKeyError('too short')).toMatchObject({ code: 'CONFIGURATION_INVALID', message: 'too short' });
  });
});

describe('a data key that cannot be wrapped', () => {
  test('is zero-filled, and the reason is thrown as it is', async () => {
    const drawn: Uint8Array[] = [];
    const generating = generateRawDataKey({}, committingSuite, {
      wrappingAlgorithm: 'AES/GCM',
      materialDescription: {},
      wrap: (plaintext) => {
        drawn.push(plaintext);
        expect(isWiped(plaintext)).toBe(false);
        throw new Error('no randomness');
      },
    });
    await expect(generating).rejects.toThrow('no randomness');
    expect(drawn.map(({ length }) => length)).toEqual([32]);
    expect(drawn.every(isWiped)).toBe(true);
  });
});

describe('work without waiting', () => {
  test('is promised', async () => {
    await expect(promised(() => 7)).resolves.toBe(7);
  });

  test('is promised where it throws', async () => {
    const failing = () => {
      throw new Error('no');
    };
    await expect(promised(failing)).rejects.toThrow('no');
  });
});

describe('opening with a raw key', () => {
  test('returns what was opened', () => {
    expect(orAuthenticationFailure(() => 'opened')).toBe('opened');
  });

  test('fails with the one authentication failure, whatever went wrong', async () => {
    const failure = await failureOf(() =>
      orAuthenticationFailure(() => {
        throw new TypeError('the padding was wrong');
      }),
    );
    expect(failure).toEqual(authenticationFailure());
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(failure.cause).toBeUndefined();
  });
});
