import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { protectedBucket } from './protected-bucket.ts';
import { keyManagementActions } from './key-management-actions.ts';

/** How long dropped files stay, and who reads them. */
export interface IntakeBucketProps {
  readonly vaultId: string;
  /** The role that seals what is dropped. */
  readonly sealer: IPrincipal;
  /** How long a version is kept after it was handed over or overwritten. */
  readonly expireSourceAfter: Duration;
}

/**
 * The bucket that files are dropped in. It is versioned, so that each event reads its own version, and
 * encrypted with a key of its own, apart from the wrapping key, so that who may read a dropped file and who
 * may open a sealed one are two questions.
 */
export class IntakeBucket extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: IntakeBucketProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Sealdrop intake key of the vault ${props.vaultId}`,
      alias: `alias/sealdrop/${props.vaultId}/intake`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: this.#keyPolicy(props.sealer),
    });
    this.bucket = new Bucket(this, 'Bucket', {
      ...protectedBucket,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
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

  /** The key is used through S3 only: by the sealer to read, by whom IAM lets to drop. */
  #keyPolicy(sealer: IPrincipal): PolicyDocument {
    const throughS3 = {
      StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.${Stack.of(this).urlSuffix}` },
    };
    return new PolicyDocument({
      statements: [
        new PolicyStatement({
          sid: 'ManageWithoutUse',
          principals: [new AccountRootPrincipal()],
          actions: [...keyManagementActions],
          resources: ['*'],
        }),
        new PolicyStatement({
          sid: 'DropThroughS3',
          principals: [new AccountRootPrincipal()],
          // A multipart upload needs Decrypt too: S3 reads back what it encrypted part by part.
          actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
          resources: ['*'],
          conditions: throughS3,
        }),
        new PolicyStatement({
          sid: 'ReadThroughS3',
          principals: [sealer],
          actions: ['kms:Decrypt'],
          resources: ['*'],
          conditions: throughS3,
        }),
      ],
    });
  }
}
