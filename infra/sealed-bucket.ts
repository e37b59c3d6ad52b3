import { Duration } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyStatement,
  type IRole,
  type PolicyDocument,
} from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketEncryption, type BucketEncryptionChoice } from './bucket-encryption.ts';
import { protectedBucket } from './protected-bucket.ts';

/** Who may write sealed objects, and what becomes of them. */
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
  /**
   * What S3 encrypts sealed objects with once more.
   * @defaultValue `s3`: their content is encrypted already
   */
  readonly encryption?: BucketEncryptionChoice;
  readonly vaultId: string;
  /** The roles that read objects and put none. */
  readonly readers: readonly IRole[];
}

const defaultNoncurrentLife = Duration.days(90);

/** The bucket that sealed objects come out in. Nobody but the writers puts anything in it. */
export class SealedBucket extends Construct {
  readonly bucket: Bucket;
  /** The key that was made for the bucket itself. */
  readonly key: Key | undefined;
  /** What the owner of an existing key of the bucket adds to its policy. */
  readonly requiredKeyPolicy: PolicyDocument | undefined;

  /** @throws {@link ConfigurationError} where an existing key of the bucket is malformed or out of reach. */
  constructor(scope: Construct, id: string, props: SealedBucketProps) {
    super(scope, id);
    const { vaultId, writers, readers, encryption = 's3' } = props;
    const { expireNoncurrentAfter = defaultNoncurrentLife } = props;
    const chosen = bucketEncryption(this, {
      choice: encryption,
      description: `Sealdrop key of the sealed bucket itself, of the vault ${vaultId}`,
      alias: `alias/sealdrop/${vaultId}/sealed`,
      writers,
      // Whom else the account's IAM policies let read: what they get is still sealed.
      readers: [...readers, new AccountRootPrincipal()],
    });
    this.key = chosen.key;
    this.requiredKeyPolicy = chosen.requiredKeyPolicy;
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      ...chosen.props,
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
