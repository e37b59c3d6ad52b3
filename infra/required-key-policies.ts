import type { IPrincipal, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { ExistingWrappingKey } from './existing-wrapping-key.ts';
import type { VaultWrappingKey } from './vault-wrapping-key.ts';

/** What the owners of existing keys add to their policies, so that a vault can use them; of new keys, nothing. */
export interface RequiredKeyPolicies {
  readonly wrappingKey?: PolicyDocument;
  readonly intakeKey?: PolicyDocument;
  readonly sealedKey?: PolicyDocument;
}

/** The keys of a vault. */
export interface KeysOfVault {
  readonly wrappingKey: VaultWrappingKey['key'];
  readonly intake: { readonly requiredKeyPolicy: PolicyDocument | undefined };
  readonly sealed: { readonly requiredKeyPolicy: PolicyDocument | undefined };
  /** Who describes the wrapping key, besides those who use it. */
  readonly describers: readonly IPrincipal[];
}

/** Gathers what the owners of a vault's existing keys add to their policies. */
export function requiredKeyPolicies({
  wrappingKey,
  intake: { requiredKeyPolicy: intakeKey },
  sealed: { requiredKeyPolicy: sealedKey },
  describers,
}: KeysOfVault): RequiredKeyPolicies {
  return {
    ...(wrappingKey instanceof ExistingWrappingKey
      ? { wrappingKey: wrappingKey.requiredKeyPolicy(describers) }
      : {}),
    ...(intakeKey === undefined ? {} : { intakeKey }),
    ...(sealedKey === undefined ? {} : { sealedKey }),
  };
}
