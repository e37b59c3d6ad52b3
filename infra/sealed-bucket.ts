import type { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { onlyWritersPut } from './only-writers-put.ts';
import { protectedBucket } from './protected-bucket.ts';
import { sealedLifecycle } from './sealed-lifecycle.ts';

/** Who may write sealed objects. */
export interface SealedBucketProps {
  /** The only roles that may put objects: a sealed bucket holds what they wrote and nothing else. */
  readonly writers: readonly IRole[];
  /**
   * How long a version is kept once it is not the current one: until then, what was overwritten or deleted can be
   * brought back, and takes its room. Each rewrap makes a new version, with the whole content, so that with `none`
   * a vault doubles with each rotation, and there are always versions that need the old key material. No version is
   * kept beyond that time for being the newest of those: each object would keep one in an old wrapping for ever.
   * @defaultValue 90 days
   */
  readonly expireNoncurrentAfter?: Duration | 'none';
}

/** The bucket that sealed objects come out in. Nobody but the writers puts anything in it. */
export class SealedBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: SealedBucketProps) {
    super(scope, id);
    const { writers, expireNoncurrentAfter } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: sealedLifecycle(expireNoncurrentAfter),
    });
    onlyWritersPut(this.bucket, writers);
  }
}
