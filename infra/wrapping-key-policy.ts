import { AccountRootPrincipal, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { keyManagementActions, materialImportActions } from './key-management-actions.ts';
import { inKeyPolicy } from './key-use.ts';
import { endingActions, onlyBreakGlassEndsTheKey } from './only-break-glass.ts';
import type { NewKeyMaterial } from './wrapping-key-source.ts';
import { wrappingKeyUses, type WrappingKeyUsers } from './wrapping-key-uses.ts';

/** What a wrapping key, or a replica of one, is made for. */
export interface WrappingKeyPolicyProps extends WrappingKeyUsers {
  readonly material: NewKeyMaterial;
  /** The only principals that may disable the key or have it deleted; ARNs, `*` allowed. */
  readonly breakGlassArns: readonly string[];
}

/**
 * The policy of a wrapping key that is made: it alone says who may use the key. The account's IAM policies can manage
 * it, never use it. Imported material is imported in each Region by itself.
 */
export function wrappingKeyPolicy({
  material,
  breakGlassArns,
  ...users
}: WrappingKeyPolicyProps): PolicyDocument {
  const isImported = material === 'imported';
  return new PolicyDocument({
    statements: [
      inKeyPolicy({
        sid: 'ManageWithoutUse',
        principals: [new AccountRootPrincipal()],
        actions: [...keyManagementActions, ...(isImported ? materialImportActions : [])],
      }),
      ...wrappingKeyUses(users).map(inKeyPolicy),
      // Without its material a key opens nothing, from that moment on.
      onlyBreakGlassEndsTheKey(breakGlassArns, [
        ...endingActions,
        ...(isImported ? ['kms:DeleteImportedKeyMaterial'] : []),
      ]),
    ],
  });
}
