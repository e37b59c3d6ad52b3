import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keyManagementActions } from './key-management-actions.ts';

/** Who may do what with the wrapping key. */
export interface WrappingKeyProps {
  readonly vaultId: string;
  /**
   * Whether every object of the vault carries the vault's id in its encryption context, so that the policy
   * can ask for it. Not so with the binding `none`.
   */
  readonly requireVaultContext: boolean;
  /**
   * Whether replicas of the key can be made in other Regions. Cannot be changed later.
   * @defaultValue false
   */
  readonly multiRegion?: boolean;
  /** @defaultValue 365 days */
  readonly rotationPeriod?: Duration;
  /** May make data keys, and not open them. */
  readonly sealers: readonly IPrincipal[];
  /** May open data keys, and not make them. */
  readonly openers: readonly IPrincipal[];
  /** May move data keys to newer material of this key, without seeing them. */
  readonly rotators: readonly IPrincipal[];
  /**
   * May move data keys from and to this key, and to the keys that their own policies name.
   * @defaultValue none
   */
  readonly migrators?: readonly IPrincipal[];
  /**
   * The migrators that may also open data keys, to share them with RSA keys.
   * @defaultValue none
   */
  readonly rsaSharers?: readonly IPrincipal[];
  /** The only principals that may disable the key or have it deleted; ARNs, `*` allowed. */
  readonly breakGlassArns: readonly string[];
}

/**
 * The customer managed key that wraps every data key of a vault. Its policy alone says who may use it: the
 * account's IAM policies can manage the key, never use it. It outlives its stack.
 */
export class WrappingKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: WrappingKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Sealdrop wrapping key of the vault ${props.vaultId}`,
      alias: `alias/sealdrop/${props.vaultId}`,
      enableKeyRotation: true,
      rotationPeriod: props.rotationPeriod ?? Duration.days(365),
      multiRegion: props.multiRegion ?? false,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({ statements: this.#statements(props) }),
    });
  }

  #statements(props: WrappingKeyProps): PolicyStatement[] {
    const vaultContext = vaultContextOf(props);
    const { migrators = [] } = props;
    const users = [...props.sealers, ...props.openers, ...props.rotators, ...migrators];
    return [
      statement('ManageWithoutUse', [new AccountRootPrincipal()], keyManagementActions),
      ...(users.length === 0 ? [] : [statement('Describe', users, ['kms:DescribeKey'])]),
      ...ifAny(props.sealers, (sealers) => statement('Seal', sealers, ['kms:GenerateDataKey'], vaultContext)),
      ...ifAny(props.openers, (openers) => statement('Open', openers, ['kms:Decrypt'], vaultContext)),
      // To re-encrypt to a key of one's own is as good as to decrypt: the destination is this key, always,
      // and for migrators one that their role's policy names.
      ...ifAny(props.rotators, (rotators) =>
        statement('Rewrap', rotators, ['kms:ReEncryptFrom', 'kms:ReEncryptTo'], {
          ...vaultContext,
          Bool: { 'kms:ReEncryptOnSameKey': 'true' },
        }),
      ),
      ...ifAny(migrators, (principals) =>
        statement('Migrate', principals, ['kms:ReEncryptFrom', 'kms:ReEncryptTo'], vaultContext),
      ),
      ...ifAny(props.rsaSharers ?? [], (principals) =>
        statement('ShareWithRsaKeys', principals, ['kms:Decrypt'], vaultContext),
      ),
      new PolicyStatement({
        sid: 'OnlyBreakGlassEndsTheKey',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
        resources: ['*'],
        ...(props.breakGlassArns.length === 0
          ? {}
          : { conditions: { ArnNotLike: { 'aws:PrincipalArn': [...props.breakGlassArns] } } }),
      }),
    ];
  }

  /** The ARN of the key. */
  get arn(): string {
    return this.key.keyArn;
  }
}

/** The condition that an encryption context names the vault, where every one of its objects has such a context. */
export function vaultContextOf({
  vaultId,
  requireVaultContext,
}: Pick<WrappingKeyProps, 'vaultId' | 'requireVaultContext'>): Record<string, Record<string, string>> {
  if (!requireVaultContext) return {};
  return { StringEquals: { 'kms:EncryptionContext:sealdrop-vault': vaultId } };
}

function ifAny(
  principals: readonly IPrincipal[],
  make: (principals: readonly IPrincipal[]) => PolicyStatement,
): PolicyStatement[] {
  return principals.length === 0 ? [] : [make(principals)];
}

function statement(
  sid: string,
  principals: readonly IPrincipal[],
  actions: readonly string[],
  conditions: Record<string, Record<string, string>> = {},
): PolicyStatement {
  return new PolicyStatement({
    sid,
    principals: [...principals],
    actions: [...actions],
    resources: ['*'],
    conditions,
  });
}
