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

describe('the hint for a key that cannot be used fits its type', () => {
  const store = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1' } as const;
  test.each([
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      /is an HMAC key and cannot wrap/,
      /symmetric KMS key/,
    ],
    [
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      /is a signing key and cannot/,
      /symmetric KMS key/,
    ],
    [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, /for key agreement and cannot/, /symmetric/],
    [{ KeySpec: 'RSA_4096' }, /is an asymmetric key and cannot wrap/, /symmetric KMS key/],
    [{ KeyManager: 'AWS' }, /AWS managed key/, /customer managed key/],
    [{ KeyState: 'PendingImport', Origin: 'EXTERNAL' }, /no key material.*expired/, /import-key-material/],
    [
      { KeyState: 'PendingImport', MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' } },
      /no key material/,
      /for the first time material of your own/,
    ],
    [
      {
        KeyState: 'PendingImport',
        MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', PrimaryKey: { Region: 'eu-west-1' } },
      },
      /no key material/,
      /the very same material as that of its primary in eu-west-1/,
    ],
    [
      { KeyState: 'Unavailable', ...store },
      /custom key store is not connected/,
      /connect-custom-key-store .* cks-1$/,
    ],
    [{ KeyState: 'Unavailable', ...store, Origin: 'EXTERNAL_KEY_STORE' }, /not connected/, /cks-1$/],
    [{ KeyState: 'Creating' }, /in the state Creating/, /wait a minute/],
    [{ KeyState: 'Updating' }, /in the state Updating/, /wait a minute/],
    [{ KeyState: 'Disabled' }, /is disabled/, /enable the KMS key/],
    [{ KeyState: 'PendingReplicaDeletion' }, /waiting to be deleted/, /cancel the deletion/],
  ] as const)('%o', async (changes, message, hint) => {
    const failure = await failureOf(() => {
      assertUsableAsWrappingKey({ ...usable, ...changes });
    });

    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });

  test.each([
    ['imported', { Origin: 'EXTERNAL' }],
    ['in CloudHSM', store],
    ['outside AWS', { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: 'cks-1' }],
    ['a primary', { MultiRegion: true, MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' } }],
    ['a replica', { MultiRegion: true, MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' } }],
  ] as const)('a key wraps that is %s', (_kind, changes) => {
    expect(() => {
      assertUsableAsWrappingKey({ ...usable, ...changes });
    }).not.toThrow();
  });
});
