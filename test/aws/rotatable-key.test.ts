import type { KeyMetadata } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { assertRotatable } from '../../aws/rotatable-key.ts';
import type { KeyRotation } from '../../aws/key-rotations.ts';
import { failureOf } from '../support/bytes.ts';

const key: KeyMetadata = {
  ...{ KeyId: '1', Arn: 'arn:1', KeyManager: 'CUSTOMER', KeySpec: 'SYMMETRIC_DEFAULT' },
  ...{ KeyUsage: 'ENCRYPT_DECRYPT', KeyState: 'Enabled', Origin: 'AWS_KMS' },
};

const region = (role: 'PRIMARY' | 'REPLICA'): KeyMetadata => ({
  ...key,
  MultiRegionConfiguration: { MultiRegionKeyType: role, PrimaryKey: { Region: 'eu-central-1' } },
});

describe('a key can be rotated', () => {
  test.each<[string, KeyMetadata, KeyRotation[]]>([
    ['that KMS made', key, []],
    ['that is the primary one', region('PRIMARY'), []],
    ['whose imported material waits', { ...key, Origin: 'EXTERNAL' }, [{ state: 'PENDING_ROTATION' }]],
  ])('%s', (_, metadata, materials) => {
    expect(() => {
      assertRotatable(metadata, materials);
    }).not.toThrow();
  });
});

describe('a key cannot be rotated', () => {
  test.each<[string, KeyMetadata, string, RegExp, RegExp]>([
    ['of AWS', { ...key, KeyManager: 'AWS' }, 'KEY_NOT_CUSTOMER_MANAGED', /AWS managed/, /customer managed/],
    ['that is asymmetric', { ...key, KeySpec: 'RSA_2048' }, 'KEY_WRONG_TYPE', /cannot wrap/, /symmetric/],
    ['that is disabled', { ...key, KeyState: 'Disabled' }, 'KEY_DISABLED', /disabled/, /enable/],
    ['of CloudHSM', { ...key, Origin: 'AWS_CLOUDHSM' }, 'KEY_NOT_ROTATABLE', /custom key store/, /--to-key/],
    ['of another store', { ...key, Origin: 'EXTERNAL_KEY_STORE' }, 'KEY_NOT_ROTATABLE', /store/, /--to-key/],
    ['that is a replica', region('REPLICA'), 'KEY_NOT_ROTATABLE', /eu-central-1/, /--region eu-central-1/],
    ['without new material', { ...key, Origin: 'EXTERNAL' }, 'KEY_NOT_ROTATABLE', /imported/, /import/],
  ])('%s', async (_, metadata, code, message, hint) => {
    const failure = await failureOf(() => {
      assertRotatable(metadata, [{ state: 'CURRENT' }]);
    });
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });
});
