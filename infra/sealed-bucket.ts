import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { protectedBucket } from './protected-bucket.ts';

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

const defaultNoncurrentLife = Duration.days(90);

/** The bucket that sealed objects come out in. Nobody but the writers puts anything in it. */
export class SealedBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: SealedBucketProps) {
    super(scope, id);
    const { writers, expireNoncurrentAfter = defaultNoncurrentLife } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { id: 'abort-unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
        ...(expireNoncurrentAfter === 'none'
          ? []
          : [
              {
                id: 'expire-noncurrent-versions',
                noncurrentVersionExpiration: expireNoncurrentAfter,
                // What hides nothing any more.
                expiredObjectDeleteMarker: true,
              },
            ]),
      ],
    });
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyWritersPut',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        // A replication rule of somebody's own bucket writes without s3:PutObject, and so does who encrypts
        // what stands there anew under a key of his own.
        actions: [
          's3:PutObject',
          's3:PutObjectTagging',
          's3:PutObjectVersionTagging',
          's3:ReplicateObject',
          's3:ReplicateTags',
          's3:UpdateObjectEncryption',
        ],
        resources: [this.bucket.arnForObjects('*')],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': writers.map((role) => role.roleArn) } },
      }),
    );
  }
}
