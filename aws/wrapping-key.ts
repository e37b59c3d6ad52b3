import type { KeyMetadata } from '@aws-sdk/client-kms';
import { SealdropError } from '../envelope/index.ts';

/**
 * Refuses, without a call, what cannot be the id of a wrapping key.
 *
 * @throws {@link SealdropError} KEY_NOT_FOUND for an empty id, KEY_NOT_CUSTOMER_MANAGED for an alias of AWS.
 */
export function assertWrappingKeyId(keyId: string): void {
  if (keyId.trim() === '') throw new SealdropError('KEY_NOT_FOUND', 'no wrapping key was named');
  if (/(^|:)alias\/aws\//.test(keyId)) throw notCustomerManaged(keyId);
}

/**
 * The key id to use in a Region: a multi-Region key has the same key id in each of its Regions, so its ARN is
 * that of the replica there. Any other id is as it was.
 */
export function inRegion(keyId: string, region: string): string {
  return keyId.replace(/^(arn:[^:]+:kms:)[^:]+(:[^:]+:key\/mrk-)/, `$1${region}$2`);
}

/**
 * Checks that a key, as KMS describes it, can wrap data keys.
 *
 * @throws {@link SealdropError} KEY_NOT_CUSTOMER_MANAGED, KEY_WRONG_TYPE, KEY_DISABLED,
 *   KEY_PENDING_DELETION, KEY_UNAVAILABLE.
 */
export function assertUsableAsWrappingKey(key: KeyMetadata): void {
  const arn = key.Arn ?? key.KeyId ?? 'the key';
  if (key.KeyManager === 'AWS') throw notCustomerManaged(arn);
  if (key.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyUsage !== 'ENCRYPT_DECRYPT') {
    const type = `${key.KeySpec ?? 'unknown'} for ${key.KeyUsage ?? 'unknown use'}`;
    throw new SealdropError('KEY_WRONG_TYPE', `${arn} cannot wrap data keys: its type is ${type}`, {
      fields: { keySpec: key.KeySpec, keyUsage: key.KeyUsage },
    });
  }
  switch (key.KeyState) {
    case 'Enabled':
      return;
    case 'Disabled':
      throw new SealdropError('KEY_DISABLED', `${arn} is disabled`);
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      throw new SealdropError('KEY_PENDING_DELETION', `${arn} is waiting to be deleted`);
    default:
      throw new SealdropError('KEY_UNAVAILABLE', `${arn} is in the state ${key.KeyState ?? 'unknown'}`);
  }
}

function notCustomerManaged(key: string): SealdropError {
  return new SealdropError(
    'KEY_NOT_CUSTOMER_MANAGED',
    `${key} is an AWS managed key and cannot wrap data keys`,
  );
}
