import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';
import { ReplicaBucket } from './replica-bucket.ts';

/** The bucket in an environment's second Region, by itself: it must be there before the vault replicates to it. */
export class ReplicaStack extends Stack {
  readonly replica: ReplicaBucket;

  constructor(scope: Construct, id: string, props: StackProps & { readonly environment: Environment }) {
    super(scope, id, props);
    const { expireNoncurrentAfterDays: days } = props.environment;
    this.replica = new ReplicaBucket(this, 'Replica', {
      expireNoncurrentAfter: days === 'none' ? 'none' : Duration.days(days),
    });
    new CfnOutput(this, 'ReplicaBucketName', { value: this.replica.bucket.bucketName });
  }
}
