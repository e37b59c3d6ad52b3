import { Duration } from 'aws-cdk-lib';
import { AccountRootPrincipal, type IPrincipal, type PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketEncryption, type BucketEncryptionChoice } from './bucket-encryption.ts';
import { protectedBucket } from './protected-bucket.ts';

/** How long dropped files stay, and who reads them. */
export interface IntakeBucketProps {
  readonly vaultId: string;
  /** The role that seals what is dropped. */
  readonly sealer: IPrincipal;
  /** How long a version is kept after it was handed over or overwritten. */
  readonly expireSourceAfter: Duration;
  /**
   * What S3 encrypts dropped files with.
   * @defaultValue `kms`: a customer managed key that is made for the bucket
   */
  readonly encryption?: BucketEncryptionChoice;
}

/**
 * The bucket that files are dropped in. It is versioned, so that each event reads its own version, and
 * encrypted with a key of its own, apart from the wrapping key, so that who may read a dropped file and who
 * may open a sealed one are two questions.
 */
export class IntakeBucket extends Construct {
  readonly bucket: Bucket;
  /** The key that was made for the bucket. */
  readonly key: Key | undefined;
  /** What the owner of an existing key of the bucket adds to its policy. */
  readonly requiredKeyPolicy: PolicyDocument | undefined;

  /** @throws {@link ConfigurationError} where an existing key of the bucket is malformed or out of reach. */
  constructor(scope: Construct, id: string, props: IntakeBucketProps) {
    super(scope, id);
    const { vaultId, sealer, encryption = 'kms' } = props;
    const chosen = bucketEncryption(this, {
      choice: encryption,
      description: `Sealdrop intake key of the vault ${vaultId}`,
      alias: `alias/sealdrop/${vaultId}/intake`,
      // Whom the account's IAM policies let drop files.
      writers: [new AccountRootPrincipal()],
      readers: [sealer],
    });
    this.key = chosen.key;
    this.requiredKeyPolicy = chosen.requiredKeyPolicy;
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      ...chosen.props,
      lifecycleRules: [
        {
          id: 'expire-handed-over-versions',
          noncurrentVersionExpiration: props.expireSourceAfter,
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
  }
}
