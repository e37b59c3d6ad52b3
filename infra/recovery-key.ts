import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { existingKeyByArn } from './existing-key.ts';
import { ExistingWrappingKey } from './existing-wrapping-key.ts';
import { ReplicaKey } from './replica-key.ts';
import type { VaultWrappingKey } from './vault-wrapping-key.ts';

/** Which key opens in a second Region, and for whom. */
export interface RecoveryKeyProps {
  readonly vaultId: string;
  readonly requireVaultContext: boolean;
  /** The vault's wrapping key: a multi-Region key, in another Region. */
  readonly wrappingKey: VaultWrappingKey['key'];
  readonly openers: readonly Role[];
  readonly breakGlassArns: readonly string[];
}

/**
 * Makes the replica of a vault's own wrapping key. Of an existing key its owner makes the replica, under a policy of
 * his own: it is used as it stands there.
 *
 * @throws {@link ConfigurationError} where principals are to end a replica whose policy is not ours.
 */
export function recoveryKey(
  scope: Construct,
  { wrappingKey, breakGlassArns, ...props }: RecoveryKeyProps,
): ReplicaKey | ExistingWrappingKey {
  if (!(wrappingKey instanceof ExistingWrappingKey)) {
    const { arn: wrappingKeyArn, material } = wrappingKey;
    return new ReplicaKey(scope, 'Key', { ...props, wrappingKeyArn, material, breakGlassArns });
  }
  if (breakGlassArns.length > 0) {
    throw new ConfigurationError(
      'who may end the replica of an existing wrapping key is said by its own policy',
      'leave out the break-glass principals, and deny others kms:DisableKey and kms:ScheduleKeyDeletion there',
    );
  }
  const users = { ...props, sealers: [], rotators: [] };
  return new ExistingWrappingKey(scope, 'Key', { ...users, key: existingKeyByArn(scope, wrappingKey.arn) });
}
