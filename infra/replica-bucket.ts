import { PhysicalName, type Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { onlyWritersPut } from './only-writers-put.ts';
import { protectedBucket } from './protected-bucket.ts';
import { sealedLifecycle } from './sealed-lifecycle.ts';

/** What becomes of replicas. */
export interface ReplicaBucketProps {
  /**
   * How long a version is kept once it is not the current one: as in the sealed bucket, whose lifecycle rules S3
   * does not replicate.
   * @defaultValue 90 days
   */
  readonly expireNoncurrentAfter?: Duration | 'none';
}

/**
 * The bucket in a second Region that sealed objects are replicated to, protected as the sealed bucket is. Nobody puts
 * anything in it but S3, in the role of the vault's replication. It is deployed before the vault, and its name is
 * made from its stack's: references between Regions need none of CDK's custom resources then.
 */
export class ReplicaBucket extends Construct {
  readonly bucket: Bucket;
  readonly #writers: IRole[] = [];

  constructor(scope: Construct, id: string, { expireNoncurrentAfter }: ReplicaBucketProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      bucketName: PhysicalName.GENERATE_IF_NEEDED,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: sealedLifecycle(expireNoncurrentAfter),
    });
    onlyWritersPut(this.bucket, this.#writers);
  }

  /** Lets a role replicate to the bucket, as far as its own policies do. */
  acceptFrom(role: IRole): void {
    this.#writers.push(role);
  }
}
