import { Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';
import { protectedBucket } from './protected-bucket.ts';

/** What is watched. */
export interface TrailStackProps extends StackProps {
  readonly environment: Environment;
  /** The buckets whose objects' reads and writes are recorded. */
  readonly watchedBuckets: readonly Bucket[];
}

/**
 * The trail of a vault: every use of its keys, every read and write in its buckets, in a bucket that nobody
 * can rewrite. The log bucket is not watched itself: each delivery would cause the next.
 */
export class TrailStack extends Stack {
  constructor(scope: Construct, id: string, props: TrailStackProps) {
    super(scope, id, props);
    const { environment, watchedBuckets } = props;
    // A multi-Region trail takes its name in every Region.
    const trailName = `sealdrop-${environment.name}-${this.region}`;
    const logs = this.#logBucket(environment);
    this.#letTrailWrite(
      logs,
      this.formatArn({ service: 'cloudtrail', resource: 'trail', resourceName: trailName }),
    );
    const trail = new CfnTrail(this, 'Trail', {
      trailName,
      s3BucketName: logs.bucketName,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      advancedEventSelectors: [
        {
          name: 'Management events, those of KMS among them',
          fieldSelectors: [{ field: 'eventCategory', equalTo: ['Management'] }],
        },
        {
          name: 'Objects of the vault',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            { field: 'resources.ARN', startsWith: watchedBuckets.map((bucket) => bucket.arnForObjects('')) },
          ],
        },
      ],
    });
    trail.node.addDependency(logs);
    this.#doWithoutAccessLogs(logs, watchedBuckets);
  }

  #doWithoutAccessLogs(logs: Bucket, watchedBuckets: readonly Bucket[]): void {
    for (const bucket of watchedBuckets) {
      Validations.of(bucket).acknowledge({
        id: 'AwsSolutions-S1',
        reason: 'the trail records every read and write of its objects, complete and with file validation',
      });
    }
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'its objects are locked, and the trail records every change of its settings',
    });
  }

  #logBucket({ production, logRetentionDays }: Environment): Bucket {
    const retention = Duration.days(logRetentionDays);
    return new Bucket(this, 'Logs', {
      ...protectedBucket,
      encryption: BucketEncryption.S3_MANAGED,
      objectLockEnabled: true,
      // In compliance mode not even the account's root can delete a log before its time.
      objectLockDefaultRetention: production
        ? ObjectLockRetention.compliance(retention)
        : ObjectLockRetention.governance(retention),
    });
  }

  #letTrailWrite(logs: Bucket, trailArn: string): void {
    const cloudTrail = new ServicePrincipal('cloudtrail.amazonaws.com');
    const fromThisTrail = { 'aws:SourceArn': trailArn };
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TrailLooks',
        principals: [cloudTrail],
        actions: ['s3:GetBucketAcl'],
        resources: [logs.bucketArn],
        conditions: { StringEquals: fromThisTrail },
      }),
    );
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TrailWrites',
        principals: [cloudTrail],
        actions: ['s3:PutObject'],
        resources: [logs.arnForObjects(`AWSLogs/${this.account}/*`)],
        conditions: {
          StringEquals: { ...fromThisTrail, 's3:x-amz-acl': 'bucket-owner-full-control' },
        },
      }),
    );
  }
}
