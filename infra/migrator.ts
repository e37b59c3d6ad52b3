import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, CompositePrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { grantRewrapping } from './grant-rewrapping.ts';

/** A move of a vault's data keys to other wrapping keys. */
export interface MigrationProps {
  /** The ARNs of who may assume the migrator role. */
  readonly principalArns: readonly string[];
  /**
   * The ARNs of the keys that data keys may be moved to, besides the vault's own. Their policies must let the
   * migrator role use them, too, or leave it to IAM.
   */
  readonly toKeyArns: readonly string[];
}

/** Whose data keys are moved. */
export interface MigratorProps extends MigrationProps {
  readonly vaultId: string;
}

/**
 * The role that moves data keys to another wrapping key, or binds sealed objects to other names, assumed by people
 * for as long as that takes. It sees no data key and makes none, and moves them to the keys that are named and to no
 * other: whoever can have a data key re-encrypted to a key of his own can open it.
 */
export class Migrator extends Construct {
  readonly role: Role;

  /** @throws {@link ConfigurationError} where nobody may assume the role. */
  constructor(scope: Construct, id: string, { vaultId, principalArns }: MigratorProps) {
    super(scope, id);
    if (principalArns.length === 0) {
      throw new ConfigurationError(
        'nobody may assume the migrator role',
        'name them in principalArns, or leave the migration out',
      );
    }
    this.role = new Role(this, 'Role', {
      assumedBy: new CompositePrincipal(...principalArns.map((arn) => new ArnPrincipal(arn))),
      description: `Moves data keys of the vault ${vaultId} to named keys; can neither make nor open them`,
      // The shortest that there is.
      maxSessionDuration: Duration.hours(1),
    });
  }

  /** Lets the migrator copy within the sealed bucket, and look at what there is to do. */
  grantSealed(sealed: Bucket): void {
    grantRewrapping(this.role, sealed);
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:ListBucketVersions', 's3:GetBucketVersioning', 's3:GetLifecycleConfiguration'],
        resources: [sealed.bucketArn],
      }),
    );
  }

  /**
   * Lets the migrator re-encrypt to the keys that are named. What it may do with the wrapping key itself stands in
   * that key's policy.
   *
   * @param conditions - what an encryption context must hold
   */
  grantKeys(
    wrappingKeyArn: string,
    toKeyArns: readonly string[],
    conditions: Record<string, Record<string, string>>,
  ): void {
    if (toKeyArns.length > 0) {
      const resources = [...toKeyArns];
      this.role.addToPolicy(new PolicyStatement({ actions: ['kms:DescribeKey'], resources }));
      this.role.addToPolicy(new PolicyStatement({ actions: ['kms:ReEncryptTo'], resources, conditions }));
    }
    // The policy of a key in the same account needs nobody's consent: somebody's own key could let the migrator in.
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'ToNamedKeysOnly',
        effect: Effect.DENY,
        actions: ['kms:ReEncryptTo'],
        notResources: [wrappingKeyArn, ...toKeyArns],
      }),
    );
  }
}
