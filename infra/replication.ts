import { Duration, PhysicalName, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { alarmAt } from './alarm-at.ts';
import { assertTwoRegions } from './assert-two-regions.ts';
import type { ReplicaBucket } from './replica-bucket.ts';

/** What is replicated where. */
export interface ReplicationProps {
  readonly vaultId: string;
  readonly sealed: Bucket;
  readonly replica: ReplicaBucket;
}

const ruleId = 'sealed-objects';

/** The longest that S3 promises to take; it knows no other. */
const replicationMinutes = 15;

/**
 * Replicates a sealed bucket to one in another Region: every version of every object, instruction files among them,
 * and delete markers, with S3's promise of 15 minutes and its metrics. What stood there before the rule is not
 * replicated, nor is the deletion of a version: nobody can reach through it to destroy what the replica holds.
 *
 * Source: Amazon S3 User Guide, "Replicating objects within and across Regions".
 */
export class Replication extends Construct {
  readonly role: Role;

  /** @throws {@link ConfigurationError} where the two buckets are not in one account and two Regions. */
  constructor(scope: Construct, id: string, { vaultId, sealed, replica }: ReplicationProps) {
    super(scope, id);
    assertTwoRegions(sealed, replica);
    // Names that are known beforehand would not say so.
    Stack.of(this).addStackDependency(Stack.of(replica), 'S3 replicates to a bucket that is there');
    this.role = new Role(this, 'Role', {
      roleName: PhysicalName.GENERATE_IF_NEEDED,
      // Who makes a rule needs iam:PassRole for its role, so nobody else's bucket can use this one.
      assumedBy: new ServicePrincipal('s3.amazonaws.com'),
      description: `Replicates sealed objects of the vault ${vaultId}; can open none`,
    });
    this.#grant(sealed, replica.bucket);
    replica.acceptFrom(this.role);
    (sealed.node.defaultChild as CfnBucket).replicationConfiguration = {
      role: this.role.roleArn,
      rules: [
        {
          id: ruleId,
          priority: 1,
          status: 'Enabled',
          filter: { prefix: '' },
          deleteMarkerReplication: { status: 'Enabled' },
          destination: {
            bucket: replica.bucket.bucketArn,
            metrics: { status: 'Enabled', eventThreshold: { minutes: replicationMinutes } },
            replicationTime: { status: 'Enabled', time: { minutes: replicationMinutes } },
          },
        },
      ],
    };
    alarmAt(this, 'Failed', {
      metric: replicationMetric('OperationsFailedReplication', 'Sum', {
        sealedBucketName: sealed.bucketName,
        replicaBucketName: replica.bucket.bucketName,
      }),
      alarmDescription: 'S3 could not replicate sealed objects: see their replication status.',
    });
  }

  #grant(sealed: Bucket, replica: Bucket): void {
    const allow = (actions: string[], resource: string): void => {
      this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    };
    allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], sealed.bucketArn);
    allow(
      ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
      sealed.arnForObjects('*'),
    );
    allow(['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], replica.arnForObjects('*'));
    for (const bucket of [sealed, replica]) {
      acknowledgeWildcard(
        this.role,
        bucket.arnForObjects('*'),
        'every object of the bucket is replicated, with the actions that S3 asks for and no others',
      );
    }
  }
}

/** The two sides of a replication. */
export interface ReplicatedBuckets {
  readonly sealedBucketName: string;
  readonly replicaBucketName: string;
}

/**
 * What S3 tells of a replication: what failed in the Region of the source, how late it is in that of the replica.
 *
 * Source: Amazon S3 User Guide, "Using S3 Replication metrics".
 */
export function replicationMetric(
  metricName: 'OperationsFailedReplication' | 'ReplicationLatency',
  statistic: 'Sum' | 'Maximum',
  { sealedBucketName, replicaBucketName }: ReplicatedBuckets,
): Metric {
  return new Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: {
      SourceBucket: sealedBucketName,
      DestinationBucket: replicaBucketName,
      RuleId: ruleId,
    },
    statistic,
    period: Duration.minutes(5),
  });
}
