import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { grantReading } from './grant-reading.ts';
import { openerTrust } from './opener-trust.ts';

/** Whose objects are opened, and by whom. */
export interface RecoveryRolesProps {
  readonly vaultId: string;
  /** The ARN of the bucket that holds them in the second Region. */
  readonly replicaArn: string;
  /** The ARN of the bucket that they are replicated from. */
  readonly sealedArn: string;
  /** The ARNs that may assume the opener role; by default the account's IAM policies say who may. */
  readonly openerArns: readonly string[];
}

/**
 * The roles that open in the second Region. What they may do with the key there stands in that key's policy. The
 * drill's is denied every other Region: that it opens shows that the first one is not needed.
 */
export class RecoveryRoles extends Construct {
  readonly opener: Role;
  readonly drill: Role;

  constructor(
    scope: Construct,
    id: string,
    { vaultId, replicaArn, sealedArn, openerArns }: RecoveryRolesProps,
  ) {
    super(scope, id);
    this.opener = new Role(this, 'Opener', {
      assumedBy: openerTrust(openerArns),
      description: `Opens sealed files of the vault ${vaultId} in its second Region; can neither write nor rewrap`,
    });
    this.drill = new Role(this, 'Drill', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Opens a sample of the vault ${vaultId} in its second Region, and reaches no other Region`,
    });
    grantReading(this.opener, replicaArn);
    grantReading(this.drill, replicaArn);
    this.opener.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
        resources: [`${replicaArn}/*`],
      }),
    );
    // To compare what is where: no more than names, versions and times.
    this.opener.addToPolicy(
      new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [replicaArn, sealedArn] }),
    );
    this.drill.addToPolicy(
      new PolicyStatement({
        sid: 'NothingOutsideThisRegion',
        effect: Effect.DENY,
        actions: ['*'],
        resources: ['*'],
        conditions: { StringNotEquals: { 'aws:RequestedRegion': Stack.of(this).region } },
      }),
    );
  }
}
