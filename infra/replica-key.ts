import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnAlias, CfnReplicaKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { weakReference } from './weak-reference.ts';
import { wrappingKeyPolicy } from './wrapping-key-policy.ts';
import type { NewKeyMaterial } from './wrapping-key-source.ts';

/** What is replicated, and who may open with it. */
export interface ReplicaKeyProps {
  readonly vaultId: string;
  /** Whether every object of the vault carries the vault's id in its encryption context. */
  readonly requireVaultContext: boolean;
  /** The ARN of the vault's wrapping key: a multi-Region key, in another Region. */
  readonly wrappingKeyArn: string;
  /** That of the wrapping key. Imported material is to be imported here once more. */
  readonly material: NewKeyMaterial;
  /** May open data keys; nobody makes or rewraps any here. */
  readonly openers: readonly IPrincipal[];
  /** The only principals that may disable the replica or have it deleted; ARNs, `*` allowed. */
  readonly breakGlassArns: readonly string[];
}

/**
 * The wrapping key of a vault in a second Region: the same key id and material under a policy of its own. It outlives
 * its stack.
 */
export class ReplicaKey extends Construct {
  readonly material: NewKeyMaterial;
  readonly #key: CfnReplicaKey;

  constructor(scope: Construct, id: string, props: ReplicaKeyProps) {
    super(scope, id);
    this.material = props.material;
    this.#key = new CfnReplicaKey(this, 'Key', {
      description: `Sealdrop wrapping key of the vault ${props.vaultId}, in a second Region`,
      primaryKeyArn: weakReference(props.wrappingKeyArn),
      keyPolicy: wrappingKeyPolicy({ ...props, sealers: [], rotators: [] }),
      pendingWindowInDays: Duration.days(30).toDays(),
    });
    this.#key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnAlias(this, 'Alias', {
      aliasName: `alias/sealdrop/${props.vaultId}`,
      targetKeyId: this.#key.attrKeyId,
    });
  }

  /** The ARN of the key in this Region. */
  get arn(): string {
    return this.#key.attrArn;
  }
}
