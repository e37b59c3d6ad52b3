import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Conditions, KeyUse } from './key-use.ts';

/** Who uses the wrapping key of a vault, each in a way of its own. */
export interface WrappingKeyUsers<Principal extends IPrincipal = IPrincipal> {
  readonly vaultId: string;
  /**
   * Whether every object of the vault carries the vault's id in its encryption context, so that the policy
   * can ask for it. Not so with the binding `none`.
   */
  readonly requireVaultContext: boolean;
  /** May make data keys, and not open them. */
  readonly sealers: readonly Principal[];
  /** May open data keys, and not make them. */
  readonly openers: readonly Principal[];
  /** May move data keys to newer material of this key, without seeing them. */
  readonly rotators: readonly Principal[];
  /**
   * May move data keys from and to this key, and to the keys that their own policies name.
   * @defaultValue none
   */
  readonly migrators?: readonly Principal[];
  /**
   * The migrators that may also open data keys, to share them with RSA keys.
   * @defaultValue none
   */
  readonly rsaSharers?: readonly Principal[];
}

/** What each of the users may do with the wrapping key; all else, nobody. */
export function wrappingKeyUses(users: WrappingKeyUsers): KeyUse[] {
  const { sealers, openers, rotators, migrators = [], rsaSharers = [] } = users;
  const conditions = vaultContextOf(users);
  const rewrapping = ['kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  const uses: KeyUse[] = [
    describing('Describe', [...sealers, ...openers, ...rotators, ...migrators]),
    { sid: 'Seal', principals: sealers, actions: ['kms:GenerateDataKey'], conditions },
    { sid: 'Open', principals: openers, actions: ['kms:Decrypt'], conditions },
    // To re-encrypt to a key of one's own is as good as to decrypt: the destination is this key, always,
    // and for migrators one that their role's policy names.
    {
      sid: 'Rewrap',
      principals: rotators,
      actions: rewrapping,
      conditions: { ...conditions, Bool: { 'kms:ReEncryptOnSameKey': 'true' } },
    },
    { sid: 'Migrate', principals: migrators, actions: rewrapping, conditions },
    { sid: 'ShareWithRsaKeys', principals: rsaSharers, actions: ['kms:Decrypt'], conditions },
  ];
  return uses.filter(({ principals }) => principals.length > 0);
}

/** What tells of a key, and uses it for nothing. */
export function describing(sid: string, principals: readonly IPrincipal[]): KeyUse {
  return { sid, principals, actions: ['kms:DescribeKey'] };
}

/** The condition that an encryption context names the vault, where every one of its objects has such a context. */
export function vaultContextOf({
  vaultId,
  requireVaultContext,
}: Pick<WrappingKeyUsers, 'vaultId' | 'requireVaultContext'>): Conditions {
  if (!requireVaultContext) return {};
  return { StringEquals: { 'kms:EncryptionContext:sealdrop-vault': vaultId } };
}
