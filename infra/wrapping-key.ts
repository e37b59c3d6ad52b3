import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Key, type CfnKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { KeyResource } from './key-use.ts';
import { wrappingKeyPolicy } from './wrapping-key-policy.ts';
import type { NewKeyMaterial } from './wrapping-key-source.ts';
import type { WrappingKeyUsers } from './wrapping-key-uses.ts';

/** What a new wrapping key is, and who may do what with it. */
export interface WrappingKeyProps extends WrappingKeyUsers {
  /**
   * Where its material comes from. Cannot be changed later. With `imported` the key is of no use before somebody has
   * imported the material, and KMS never rotates it by itself.
   * @defaultValue `kms`
   */
  readonly material?: NewKeyMaterial;
  /**
   * Whether replicas of the key can be made in other Regions. Cannot be changed later.
   * @defaultValue false
   */
  readonly multiRegion?: boolean;
  /**
   * How often KMS rotates material that it made itself, 90 to 2560 days.
   * @defaultValue 365 days
   */
  readonly rotationPeriod?: Duration;
  /** The only principals that may disable the key or have it deleted; ARNs, `*` allowed. */
  readonly breakGlassArns: readonly string[];
}

/**
 * The customer managed key that wraps every data key of a vault. Its policy alone says who may use it: the
 * account's IAM policies can manage the key, never use it. It outlives its stack.
 */
export class WrappingKey extends Construct {
  readonly key: Key;
  readonly material: NewKeyMaterial;
  readonly isMultiRegion: boolean;

  constructor(scope: Construct, id: string, props: WrappingKeyProps) {
    super(scope, id);
    const { material = 'kms', multiRegion = false, rotationPeriod = Duration.days(365) } = props;
    this.material = material;
    this.isMultiRegion = multiRegion;
    this.key = new Key(this, 'Key', {
      description: `Sealdrop wrapping key of the vault ${props.vaultId}`,
      alias: `alias/sealdrop/${props.vaultId}`,
      ...(material === 'kms' ? { enableKeyRotation: true, rotationPeriod } : {}),
      multiRegion,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: wrappingKeyPolicy({ ...props, material }),
    });
    if (material === 'imported') this.#waitForMaterial();
  }

  #waitForMaterial(): void {
    (this.key.node.defaultChild as CfnKey).origin = 'EXTERNAL';
    Validations.of(this.key).acknowledge({
      id: 'AwsSolutions-KMS5',
      reason:
        'its material is imported, which KMS cannot rotate by itself; new material is imported for a rotation',
    });
  }

  /** The ARN of the key. */
  get arn(): string {
    return this.key.keyArn;
  }

  /** How policies of identities name it. */
  get resource(): KeyResource {
    return { arn: this.arn, conditions: {} };
  }
}
