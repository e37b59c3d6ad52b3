import type { KeyMetadata } from '@aws-sdk/client-kms';
import { SealdropError } from '../envelope/index.ts';
import { assertUsableAsWrappingKey, isInKeyStore } from './wrapping-key.ts';
import type { KeyRotation } from './key-rotations.ts';

/**
 * Checks that a key can be rotated on demand, as KMS describes it.
 *
 * Source: AWS KMS API Reference, "RotateKeyOnDemand"
 *
 * @param materials - all of its materials, as {@link listRotations} tells of them
 * @throws {@link SealdropError} KEY_NOT_ROTATABLE with the reason and what to do instead,
 *   KEY_NOT_CUSTOMER_MANAGED, KEY_WRONG_TYPE, KEY_DISABLED, KEY_PENDING_DELETION, KEY_UNAVAILABLE.
 */
export function assertRotatable(key: KeyMetadata, materials: readonly KeyRotation[]): void {
  assertHasRotations(key);
  if (key.Origin !== 'EXTERNAL') return;
  if (materials.some(({ state }) => state === 'PENDING_ROTATION')) return;
  throw notRotatable(
    key,
    'its material is imported, and no new material waits',
    'import new material first: aws kms import-key-material --import-type NEW_KEY_MATERIAL',
  );
}

/**
 * Checks that a key can have rotations at all, imported material apart.
 *
 * @throws as {@link assertRotatable}
 */
export function assertHasRotations(key: KeyMetadata): void {
  assertUsableAsWrappingKey(key);
  const { MultiRegionConfiguration: regions } = key;
  assertNotInKeyStore(key);
  if (regions?.MultiRegionKeyType === 'REPLICA') {
    const primary = regions.PrimaryKey?.Region ?? 'its own Region';
    throw notRotatable(
      key,
      `it is a replica, which follows its primary in ${primary}`,
      `rotate the primary: add --region ${primary}`,
    );
  }
}

/**
 * Checks that a key can have more than one material in its life.
 *
 * @throws {@link SealdropError} KEY_NOT_ROTATABLE for a key in a custom key store.
 */
export function assertNotInKeyStore(key: KeyMetadata): void {
  if (!isInKeyStore(key)) return;
  throw notRotatable(
    key,
    'a key in a custom key store has no rotation',
    'make a new key, and move the data keys to it: sealdrop rewrap --to-key',
  );
}

function notRotatable({ Arn = 'the key' }: KeyMetadata, why: string, hint: string): SealdropError {
  return new SealdropError('KEY_NOT_ROTATABLE', `${Arn} cannot be rotated on demand: ${why}`, { hint });
}
