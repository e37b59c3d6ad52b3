import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantReading } from './grant-reading.ts';
import { openerTrust } from './opener-trust.ts';

/** Whose objects are opened, and by whom. */
export interface RecoveryRolesProps {
  readonly vaultId: string;
  readonly replica: Bucket;
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

  constructor(scope: Construct, id: string, { vaultId, replica, openerArns }: RecoveryRolesProps) {
    super(scope, id);
    this.opener = new Role(this, 'Opener', {
      assumedBy: openerTrust(openerArns),
      description: `Opens sealed files of the vault ${vaultId} in its second Region; can neither write nor rewrap`,
    });
    this.drill = new Role(this, 'Drill', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Opens a sample of the vault ${vaultId} in its second Region, and reaches no other Region`,
    });
    grantReading(this.opener, replica);
    grantReading(this.drill, replica);
    this.opener.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
        resources: [replica.arnForObjects('*')],
      }),
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
