import type { Duration } from 'aws-cdk-lib';
import { AccountRootPrincipal, type IRole, type PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketEncryption, type BucketEncryptionChoice } from './bucket-encryption.ts';
import { onlyWritersPut } from './only-writers-put.ts';
import { protectedBucket } from './protected-bucket.ts';
import { sealedLifecycle } from './sealed-lifecycle.ts';

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
    const { vaultId, writers, readers, encryption = 's3', expireNoncurrentAfter } = props;
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
      lifecycleRules: sealedLifecycle(expireNoncurrentAfter),
    });
    onlyWritersPut(this.bucket, writers);
  }
}
