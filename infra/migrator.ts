import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, CompositePrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { ConfigurationError } from './configuration-error.ts';
import { grantRewrapping } from './grant-rewrapping.ts';
import { isShareSuffix } from './share-suffix.ts';

/** A move of a vault's data keys to other wrapping keys. */
export interface MigrationProps {
  /** The ARNs of who may assume the migrator role. */
  readonly principalArns: readonly string[];
  /**
   * The ARNs of the keys that data keys may be moved to, besides the vault's own. Their policies must let the
   * migrator role use them, too, or leave it to IAM.
   */
  readonly toKeyArns: readonly string[];
  /**
   * Whether sealed objects may be shared with RSA keys, which takes `kms:Decrypt` on the wrapping key: **whoever
   * assumes the role can then open every object of the vault**, for as long as this is there.
   * @defaultValue false: data keys go from key to key, and nobody sees one
   */
  readonly sharesWithRsaKeys?: boolean;
  /**
   * The suffixes of the shares that may be taken away: `.partner`, say. Whatever has a name that ends so may be
   * hidden behind a delete marker then; no version is ever destroyed.
   * @defaultValue none
   */
  readonly shareSuffixes?: readonly string[];
}

/** Whose data keys are moved. */
export interface MigratorProps extends MigrationProps {
  readonly vaultId: string;
}

/**
 * The role that moves data keys to another wrapping key, or binds sealed objects to other names, assumed by people
 * for as long as that takes. It sees no data key, unless it is to share with RSA keys, and makes none. It moves them
 * to the keys that are named and to no other: whoever can have a data key re-encrypted to a key of his own can open
 * it.
 */
export class Migrator extends Construct {
  readonly role: Role;
  readonly #shareSuffixes: readonly string[];

  /** @throws {@link ConfigurationError} where nobody may assume the role, and for what is no suffix of a share. */
  constructor(scope: Construct, id: string, props: MigratorProps) {
    super(scope, id);
    const { vaultId, principalArns, sharesWithRsaKeys = false, shareSuffixes = [] } = props;
    for (const suffix of shareSuffixes) assertShareSuffix(suffix);
    this.#shareSuffixes = shareSuffixes;
    if (principalArns.length === 0) {
      throw new ConfigurationError(
        'nobody may assume the migrator role',
        'name them in principalArns, or leave the migration out',
      );
    }
    this.role = new Role(this, 'Role', {
      assumedBy: new CompositePrincipal(...principalArns.map((arn) => new ArnPrincipal(arn))),
      description: `Moves data keys of the vault ${vaultId} to named keys; ${
        sharesWithRsaKeys ? 'opens them to share with RSA keys' : 'can neither make nor open them'
      }`,
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
    for (const suffix of this.#shareSuffixes) {
      const shares = sealed.arnForObjects(`*${suffix}`);
      this.role.addToPolicy(new PolicyStatement({ actions: ['s3:DeleteObject'], resources: [shares] }));
      acknowledgeWildcard(
        this.role,
        shares,
        'the shares of one suffix, of whatever object of this one bucket',
      );
    }
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

function assertShareSuffix(suffix: string): void {
  if (isShareSuffix(suffix)) return;
  throw new ConfigurationError(
    `"${suffix}" cannot be the suffix of a share`,
    'name a dot and 1 to 64 letters, digits, hyphens and underscores, other than ".instruction"',
  );
}
