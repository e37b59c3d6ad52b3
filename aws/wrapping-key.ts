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
 * Source: AWS KMS Developer Guide, "Key states of AWS KMS keys"
 *
 * @throws {@link SealdropError} KEY_NOT_CUSTOMER_MANAGED, KEY_WRONG_TYPE, KEY_DISABLED,
 *   KEY_PENDING_DELETION, KEY_UNAVAILABLE with a hint for the type of the key.
 */
export function assertUsableAsWrappingKey(key: KeyMetadata): void {
  const arn = key.Arn ?? key.KeyId ?? 'the key';
  if (key.KeyManager === 'AWS') throw notCustomerManaged(arn);
  if (key.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw new SealdropError('KEY_WRONG_TYPE', `${arn} ${kindOf(key)}cannot wrap data keys`, {
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
      throw unavailable(arn, key);
  }
}

/** Whether the material of a key is kept in CloudHSM or outside AWS: KMS then never rotates it. */
export function isInKeyStore({ Origin }: { readonly Origin?: string | undefined }): boolean {
  return Origin === 'AWS_CLOUDHSM' || Origin === 'EXTERNAL_KEY_STORE';
}

/** The error for a key in an external key store that KMS counts as connected, and that does not do its part. */
export function keyStoreFailure({ Arn = 'the key', CustomKeyStoreId = 'ID' }: KeyMetadata): SealdropError {
  return new SealdropError(
    'KEY_UNAVAILABLE',
    `${Arn} is in a key store outside AWS, which does not do its part`,
    {
      hint:
        'look at its proxy and its key manager: KMS waits 250 ms for them; to see how KMS reaches them: ' +
        `aws kms describe-custom-key-stores --custom-key-store-id ${CustomKeyStoreId}`,
    },
  );
}

function kindOf({ KeySpec, KeyUsage }: KeyMetadata): string {
  if (KeyUsage === 'GENERATE_VERIFY_MAC') return 'is an HMAC key and ';
  if (KeyUsage === 'SIGN_VERIFY') return 'is a signing key and ';
  if (KeyUsage === 'KEY_AGREEMENT') return 'is a key for key agreement and ';
  return KeySpec === undefined || KeySpec === 'SYMMETRIC_DEFAULT' ? '' : 'is an asymmetric key and ';
}

/** What the state of a key comes from tells what helps. */
function unavailable(arn: string, key: KeyMetadata): SealdropError {
  const { KeyState, CustomKeyStoreId = 'ID' } = key;
  switch (KeyState) {
    case 'PendingImport':
      return new SealdropError(
        'KEY_UNAVAILABLE',
        `${arn} has no key material: none yet, or it expired or was deleted`,
        { hint: `import it: ${whichMaterial(key)} (aws kms get-parameters-for-import, import-key-material)` },
      );
    case 'Unavailable':
      return new SealdropError(
        'KEY_UNAVAILABLE',
        `${arn} cannot be reached: its custom key store is not connected`,
        {
          hint: `connect the key store: aws kms connect-custom-key-store --custom-key-store-id ${CustomKeyStoreId}`,
        },
      );
    case 'Creating':
    case 'Updating':
      return new SealdropError('KEY_UNAVAILABLE', `${arn} is in the state ${KeyState}`, {
        hint: 'wait a minute, and try again: KMS is still working on the key',
      });
    default:
      return new SealdropError('KEY_UNAVAILABLE', `${arn} is in the state ${KeyState ?? 'unknown'}`);
  }
}

/** KMS carries no imported material from one Region to another. */
function whichMaterial({ MultiRegionConfiguration: regions }: KeyMetadata): string {
  if (regions?.MultiRegionKeyType !== 'REPLICA') {
    return 'for the first time material of your own, later the very same once more';
  }
  return `the very same material as that of its primary in ${regions.PrimaryKey?.Region ?? 'its own Region'}`;
}

function notCustomerManaged(key: string): SealdropError {
  return new SealdropError(
    'KEY_NOT_CUSTOMER_MANAGED',
    `${key} is an AWS managed key and cannot wrap data keys`,
  );
}
