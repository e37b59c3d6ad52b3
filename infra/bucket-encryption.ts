import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { existingKeyByArn } from './existing-key.ts';
import {
  inIdentityPolicy,
  inKeyPolicy,
  requiredKeyPolicyOf,
  type Conditions,
  type KeyUse,
} from './key-use.ts';
import { keyManagementActions } from './key-management-actions.ts';

/**
 * What S3 encrypts a bucket with, apart from what the objects in it are sealed with: `s3`, keys of S3's own (SSE-S3);
 * `aws/s3`, the AWS managed key, which nobody of another account can use; `kms`, a customer managed key that is made for
 * it; or an existing one by its ARN (SSE-KMS).
 */
export type BucketEncryptionChoice = 's3' | 'aws/s3' | 'kms' | { readonly keyArn: string };

/** A bucket's key: what it is called, and who uses it. */
export interface BucketKeyProps {
  readonly choice: BucketEncryptionChoice;
  /** Of a key that is made. */
  readonly description: string;
  /** Of a key that is made. */
  readonly alias: string;
  /** May have S3 read with it, and nothing else. */
  readonly readers: readonly IPrincipal[];
  /** May have S3 write and read with it, and nothing else. */
  readonly writers: readonly IPrincipal[];
}

/** How a bucket is encrypted. */
export interface ChosenBucketEncryption {
  readonly props: Pick<BucketProps, 'encryption' | 'encryptionKey' | 'bucketKeyEnabled'>;
  /** The key that was made for it. */
  readonly key?: Key;
  /** What the owner of an existing key adds to its policy. */
  readonly requiredKeyPolicy?: PolicyDocument;
}

/**
 * Makes or names what S3 encrypts a bucket with, and lets its users use it: through S3, and for nothing else. The AWS
 * managed key lets in whom S3 lets in.
 *
 * Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"
 *
 * @param scope - the bucket's own construct: a key that is made is its `Key`
 * @throws {@link ConfigurationError} where an existing key is malformed, an alias, or out of reach.
 */
export function bucketEncryption(scope: Construct, props: BucketKeyProps): ChosenBucketEncryption {
  const { choice } = props;
  if (choice === 's3') return { props: { encryption: BucketEncryption.S3_MANAGED } };
  if (choice === 'aws/s3') {
    return { props: { encryption: BucketEncryption.KMS_MANAGED, bucketKeyEnabled: true } };
  }
  const uses = usesThroughS3(scope, props);
  if (choice === 'kms') {
    const key = bucketKey(scope, props, uses);
    return { props: withKey(key), key };
  }
  const { arn, resource } = existingKeyByArn(scope, choice.keyArn);
  for (const use of uses) {
    for (const user of use.principals) user.addToPrincipalPolicy(inIdentityPolicy(use, resource));
  }
  return {
    props: withKey(Key.fromKeyArn(scope, 'Key', arn)),
    requiredKeyPolicy: requiredKeyPolicyOf(uses),
  };
}

/** A multipart upload needs Decrypt to be written, too: S3 reads back what it encrypted part by part. */
function usesThroughS3(scope: Construct, { readers, writers }: BucketKeyProps): KeyUse[] {
  const { region, urlSuffix } = Stack.of(scope);
  const conditions: Conditions = { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } };
  const writing = ['kms:GenerateDataKey', 'kms:Decrypt'];
  return [
    { sid: 'WriteThroughS3', principals: writers, actions: writing, conditions },
    { sid: 'ReadThroughS3', principals: readers, actions: ['kms:Decrypt'], conditions },
  ].filter(({ principals }) => principals.length > 0);
}

function bucketKey(scope: Construct, { description, alias }: BucketKeyProps, uses: readonly KeyUse[]): Key {
  const manage = {
    sid: 'ManageWithoutUse',
    principals: [new AccountRootPrincipal()],
    actions: keyManagementActions,
  };
  return new Key(scope, 'Key', {
    description,
    alias,
    enableKeyRotation: true,
    pendingWindow: Duration.days(30),
    removalPolicy: RemovalPolicy.RETAIN,
    policy: new PolicyDocument({ statements: [manage, ...uses].map(inKeyPolicy) }),
  });
}

function withKey(encryptionKey: IKey): ChosenBucketEncryption['props'] {
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}

/**
 * Refuses the wrapping key as a bucket's own: whoever reads the bucket would have it open data keys, too.
 *
 * @throws {@link ConfigurationError}
 */
export function assertNotWrappingKey(
  choice: BucketEncryptionChoice | undefined,
  wrappingKeyArn: string,
): void {
  if (typeof choice !== 'object' || idOf(choice.keyArn) !== idOf(wrappingKeyArn)) return;
  throw new ConfigurationError(
    `a bucket cannot be encrypted with the wrapping key itself, ${wrappingKeyArn}`,
    'choose another key for the bucket, or "kms" to have one made: the roles that read it may not all open data keys',
  );
}

/** A replica has the id of its primary. */
function idOf(keyArn: string): string {
  return keyArn.slice(keyArn.lastIndexOf(':'));
}
