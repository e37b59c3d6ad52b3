import { describe, expect, test } from '@jest/globals';
import { assertUsableAsWrappingKey, assertWrappingKeyId } from '../../aws/wrapping-key.ts';
import { KmsKeyring } from '../../aws/kms-keyring.ts';
import { failureOf } from '../support/bytes.ts';

const usable = {
  KeyId: '1',
  Arn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Enabled',
} as const;

describe('the id of a wrapping key', () => {
  test.each(['', ' ', '\t\n'])('is refused where it is empty: "%s"', async (keyId) => {
    expect((await failureOf(() => new KmsKeyring({ keyId }))).code).toBe('KEY_NOT_FOUND');
  });

  test.each(['alias/aws/s3', 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3'])(
    'is refused without a call where it is an alias of AWS: %s',
    async (keyId) => {
      expect((await failureOf(() => new KmsKeyring({ keyId }))).code).toBe('KEY_NOT_CUSTOMER_MANAGED');
    },
  );

  test.each([
    usable.Arn,
    '00000000-0000-4000-8000-000000000001',
    'mrk-0123456789abcdef',
    'alias/vault',
    'alias/awsome',
    'alias/my/alias-aws/x',
    'arn:aws:kms:eu-west-1:111122223333:alias/vault',
  ])('may be %s', (keyId) => {
    expect(() => {
      assertWrappingKeyId(keyId);
    }).not.toThrow();
  });
});

describe('a key as KMS describes it', () => {
  test('wraps where it is a symmetric, enabled key of the customer', () => {
    expect(() => {
      assertUsableAsWrappingKey(usable);
    }).not.toThrow();
  });

  test.each([
    [{ KeyManager: 'AWS' }, 'KEY_NOT_CUSTOMER_MANAGED'],
    [{ KeyManager: 'AWS', KeyState: 'Disabled' }, 'KEY_NOT_CUSTOMER_MANAGED'],
    [{ KeySpec: 'RSA_2048' }, 'KEY_WRONG_TYPE'],
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'KEY_WRONG_TYPE'],
    [{ KeyUsage: 'SIGN_VERIFY' }, 'KEY_WRONG_TYPE'],
    [{ KeyState: 'Disabled' }, 'KEY_DISABLED'],
    [{ KeyState: 'PendingDeletion' }, 'KEY_PENDING_DELETION'],
    [{ KeyState: 'PendingReplicaDeletion' }, 'KEY_PENDING_DELETION'],
    [{ KeyState: 'PendingImport' }, 'KEY_UNAVAILABLE'],
    [{ KeyState: 'Creating' }, 'KEY_UNAVAILABLE'],
    [{ KeyState: 'Updating' }, 'KEY_UNAVAILABLE'],
    [{ KeyState: undefined }, 'KEY_UNAVAILABLE'],
    [{ KeySpec: undefined }, 'KEY_WRONG_TYPE'],
  ] as const)('with %o is refused: %s', async (changes, code) => {
    const described = { ...usable, ...changes } as Parameters<typeof assertUsableAsWrappingKey>[0];
    const failure = await failureOf(() => {
      assertUsableAsWrappingKey(described);
    });
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(usable.Arn);
  });
});
