import { Stack, Token, type Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { ExistingWrappingKey } from './existing-wrapping-key.ts';
import type { MigrationProps } from './migrator.ts';
import { chooseWrappingKey, type ChosenWrappingKey, type WrappingKeySource } from './wrapping-key-source.ts';
import type { WrappingKeyUsers } from './wrapping-key-uses.ts';
import { WrappingKey } from './wrapping-key.ts';

/** Which key a vault is to have. */
export interface VaultWrappingKeyProps {
  readonly wrappingKey?: WrappingKeySource;
  readonly multiRegion?: boolean;
  readonly rotationPeriod?: Duration;
  readonly breakGlassArns?: readonly string[];
  readonly migration?: MigrationProps;
}

/** The wrapping key of a vault. */
export interface VaultWrappingKey {
  readonly key: WrappingKey | ExistingWrappingKey;
  /** The ARN of the key whose rotations KMS tells the vault's account of, where it does. */
  readonly rotationsOf?: string;
}

/**
 * Makes the wrapping key of a vault, or lets the vault use an existing one.
 *
 * @throws {@link ConfigurationError} where the key cannot be what is asked of it.
 */
export function vaultWrappingKey(
  scope: Construct,
  props: VaultWrappingKeyProps,
  users: WrappingKeyUsers<Role>,
): VaultWrappingKey {
  const chosen = chooseWrappingKey(scope, props.wrappingKey ?? {}, props);
  if (chosen.existing === undefined) {
    const { multiRegion = false, rotationPeriod, breakGlassArns = [] } = props;
    const key = new WrappingKey(scope, 'WrappingKey', {
      ...{ ...users, multiRegion, breakGlassArns, material: chosen.material },
      ...(rotationPeriod === undefined ? {} : { rotationPeriod }),
    });
    return { key, rotationsOf: key.arn };
  }
  if (chosen.existing.isAlias && props.migration !== undefined) throw aliasMoves(chosen.existing.arn);
  const key = new ExistingWrappingKey(scope, 'WrappingKey', { ...users, key: chosen.existing });
  return isToldHere(chosen, Stack.of(scope).account) ? { key, rotationsOf: key.arn } : { key };
}

/**
 * KMS tells of no rotation of a key that has none, tells the account of the key alone, and names the key that an alias
 * points to, which nobody knows before.
 *
 * Source: AWS KMS Developer Guide, "Monitor KMS keys with Amazon EventBridge"
 */
function isToldHere(
  { existing, rotates }: ChosenWrappingKey & { existing: object },
  account: string,
): boolean {
  const isHere = Token.isUnresolved(account) || existing.account === account;
  return rotates && isHere && !existing.isAlias;
}

function aliasMoves(alias: string): ConfigurationError {
  return new ConfigurationError(
    `a migrator moves data keys from and to keys that are named, and "${alias}" may be moved to any`,
    'name the wrapping key by its ARN, or leave the migration out',
  );
}
