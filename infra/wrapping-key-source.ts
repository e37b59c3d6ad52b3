import type { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import {
  existingKeyByAlias,
  existingKeyByArn,
  isMultiRegionKeyArn,
  type ExistingKey,
} from './existing-key.ts';

/** Where the material of a key that is made comes from. */
export type NewKeyMaterial = 'kms' | 'imported';

/**
 * The key that wraps a vault's data keys: a new one, or with `arn` or `alias` an existing one, of this account or of
 * another.
 */
export interface WrappingKeySource {
  /** The ARN of an existing key. */
  readonly arn?: string | undefined;
  /** The name (`alias/…`) or the ARN of an alias of an existing key: whoever may move it moves the vault. */
  readonly alias?: string | undefined;
  /**
   * Where its material is from. `custom-key-store` is for existing keys, in CloudHSM or outside AWS, and says that no
   * rotation is to be waited for; the others are for new ones.
   * @defaultValue `kms` for a new key
   */
  readonly material?: NewKeyMaterial | 'custom-key-store' | undefined;
}

/** What else was asked for, all of which is decided when a key is made. */
export interface NewKeyWishes {
  readonly multiRegion?: boolean | undefined;
  readonly rotationPeriod?: Duration | undefined;
  readonly breakGlassArns?: readonly string[] | undefined;
}

/** A wrapping key that can be. */
export type ChosenWrappingKey =
  | { readonly material: NewKeyMaterial; readonly existing?: undefined }
  | {
      readonly existing: ExistingKey;
      /** Whether KMS ever tells of a rotation of the key. */
      readonly rotates: boolean;
    };

/**
 * The key that a source names.
 *
 * @throws {@link ConfigurationError} where there is no such key, or it cannot be what else was asked for.
 */
export function chooseWrappingKey(
  scope: Construct,
  source: WrappingKeySource,
  wishes: NewKeyWishes,
): ChosenWrappingKey {
  const { arn, alias, material } = source;
  if (material === 'custom-key-store') assertFitsKeyStore(arn, wishes);
  if (arn === undefined && alias === undefined) return { material: materialOfNew(material, wishes) };
  if (arn !== undefined && alias !== undefined) {
    throw new ConfigurationError(
      'the wrapping key is named twice, by its ARN and by an alias',
      'leave out the alias: the ARN is always the same key',
    );
  }
  if (material === 'kms' || material === 'imported') {
    throw new ConfigurationError(
      'an existing wrapping key has its material already',
      'leave out the material, or leave out the ARN or alias to have a new key made',
    );
  }
  assertAsksNothingOfExisting(wishes);
  return {
    existing: arn === undefined ? existingKeyByAlias(scope, alias ?? '') : existingKeyByArn(scope, arn),
    rotates: material !== 'custom-key-store',
  };
}

/** Whether a source names a key that is there already. */
export function isExisting({ arn, alias }: WrappingKeySource = {}): boolean {
  return arn !== undefined || alias !== undefined;
}

function assertFitsKeyStore(arn: string | undefined, { multiRegion, rotationPeriod }: NewKeyWishes): void {
  if (multiRegion === true || isMultiRegionKeyArn(arn ?? '')) {
    throw new ConfigurationError(
      'a key in a custom key store cannot be a multi-Region key',
      arn === undefined || multiRegion === true
        ? 'leave out multi-Region, or choose a key whose material KMS keeps'
        : 'leave out the material: a multi-Region key (mrk-…) is in no key store',
    );
  }
  if (rotationPeriod !== undefined) {
    throw new ConfigurationError(
      'a key in a custom key store is never rotated',
      'leave out the rotation period; for new material make another key, and move the data keys to it',
    );
  }
}

function materialOfNew(
  material: WrappingKeySource['material'] = 'kms',
  { rotationPeriod }: NewKeyWishes,
): NewKeyMaterial {
  if (material === 'custom-key-store') {
    throw new ConfigurationError(
      'CloudFormation makes no keys in custom key stores',
      'make it with "aws kms create-key --custom-key-store-id …", and name it by its ARN',
    );
  }
  if (rotationPeriod === undefined) return material;
  if (material === 'imported') {
    throw new ConfigurationError(
      'KMS does not rotate imported key material by itself',
      'leave out the rotation period; to rotate, import new material, and then "sealdrop keys rotate"',
    );
  }
  const days = rotationPeriod.toDays();
  if (days >= 90 && days <= 2560) return material;
  throw new ConfigurationError(
    `KMS rotates no key every ${days} days`,
    'choose a rotation period of 90 to 2560 days',
  );
}

function assertAsksNothingOfExisting({
  multiRegion,
  rotationPeriod,
  breakGlassArns = [],
}: NewKeyWishes): void {
  if (multiRegion === true) {
    throw new ConfigurationError(
      'an existing wrapping key is a multi-Region key or not since it was made',
      'leave out multi-Region: the key alone decides',
    );
  }
  if (rotationPeriod !== undefined) {
    throw new ConfigurationError(
      'how often an existing wrapping key is rotated is set at the key',
      'leave out the rotation period, and use "aws kms enable-key-rotation"',
    );
  }
  if (breakGlassArns.length > 0) {
    throw new ConfigurationError(
      'who may end an existing wrapping key is said by its own policy',
      'leave out the break-glass principals, and deny others kms:DisableKey and kms:ScheduleKeyDeletion there',
    );
  }
}
