import type { Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { DataKeyCacheLimits, SealSettings } from '../lambda/settings.ts';
import type { BucketEncryptionChoice } from './bucket-encryption.ts';
import type { MigrationProps } from './migrator.ts';
import type { ReplicaBucket } from './replica-bucket.ts';
import type { WrappingKeySource } from './wrapping-key-source.ts';

/** What a vault is made of. */
export interface SealedVaultProps {
  /**
   * The vault's logical id, 1 to 63 lower-case letters, digits and hyphens. It is part of every encryption
   * context, so it cannot change once something was sealed.
   */
  readonly vaultId: string;
  /**
   * What a sealed object is bound to.
   * @defaultValue `object`
   */
  readonly binding?: SealSettings['binding'];
  /**
   * The key that wraps data keys, new or existing.
   * @defaultValue a new customer managed key whose material KMS makes
   */
  readonly wrappingKey?: WrappingKeySource;
  /**
   * Whether the new wrapping key can have replicas in other Regions. Cannot be changed later.
   * @defaultValue false
   */
  readonly multiRegion?: boolean;
  /**
   * How often KMS rotates the new wrapping key, 90 to 2560 days.
   * @defaultValue 365 days; never where its material is imported
   */
  readonly rotationPeriod?: Duration;
  /**
   * What S3 encrypts the sealed bucket with, around what is encrypted already.
   * @defaultValue `s3`
   */
  readonly sealedEncryption?: BucketEncryptionChoice;
  /**
   * What S3 encrypts the intake bucket with.
   * @defaultValue `kms`: a customer managed key that is made for it
   */
  readonly intakeEncryption?: BucketEncryptionChoice;
  /**
   * The only principals that may disable the new wrapping key or have it deleted.
   * @defaultValue none: to end the key, its policy must be changed first
   */
  readonly breakGlassArns?: readonly string[];
  /**
   * Who may assume the role that opens sealed objects.
   * @defaultValue whom the account's IAM policies let
   */
  readonly openerArns?: readonly string[];
  /**
   * What becomes of a dropped file once it was sealed and verified.
   * @defaultValue `delete`: a delete marker hides it, and its version expires after `expireSourceAfter`
   */
  readonly handover?: SealSettings['handover'];
  /** @defaultValue 7 days */
  readonly expireSourceAfter?: Duration;
  /**
   * How long versions of sealed objects are kept once they are not the current ones, as {@link SealedBucketProps}
   * tells; each rewrap leaves one.
   * @defaultValue 90 days
   */
  readonly expireNoncurrentAfter?: Duration | 'none';
  /**
   * Makes a role that moves data keys to other keys, or sealed objects to other names, for as long as it is there.
   * @defaultValue none: no role, and nobody can
   */
  readonly migration?: MigrationProps;
  /**
   * A bucket in another Region that sealed objects are replicated to; takes a multi-Region key. {@link RecoveryVault}
   * opens them there.
   * @defaultValue none
   */
  readonly replica?: ReplicaBucket;
  /** @defaultValue once a day */
  readonly rewrapSchedule?: ScheduleExpression;
  /**
   * How many requests a second a rewrap run sends to KMS, at most: a share of the quota that the account's
   * other users of KMS can do without. Two runs never go on at once.
   * @defaultValue 500
   */
  readonly rewrapRequestsPerSecond?: number;
  /**
   * How many batches of 100 objects a rewrap run works on at once, each with its share of the requests to KMS.
   * @defaultValue 20, or fewer where that would leave one with less than a request a second
   */
  readonly rewrapWorkers?: number;
  /**
   * How many of a hundred objects may fail before a rewrap run ends early and counts as failed.
   * @defaultValue 5
   */
  readonly toleratedFailurePercentage?: number;
  /**
   * The buckets whose S3 Inventories a rewrap run may read in the place of a listing.
   * @defaultValue none
   */
  readonly inventoryBuckets?: readonly IBucket[];
  /**
   * How often sealing a file is tried before its message goes to the dead-letter queue.
   * @defaultValue 12, which is about an hour
   */
  readonly maxReceives?: number;
  /**
   * For how long a file is tried, beyond `maxReceives`, while a service cannot be reached, throttles, or the key's
   * store is away: up to 14 days.
   * @defaultValue 4 days
   */
  readonly keepTryingFor?: Duration;
  /**
   * How far one data key is shared between objects that are sealed: fewer calls to KMS, and sealing goes on for a
   * while where KMS cannot be reached. `none` turns it off. With the binding `object` there is no sharing.
   * @defaultValue with the bindings `vault` and `none`: for 300 seconds, 1,000 objects and 2^36 - 32 bytes
   */
  readonly dataKeyCache?: Partial<DataKeyCacheLimits> | 'none';
  /**
   * How many copies of the seal function work at once.
   * @defaultValue 10
   */
  readonly maxConcurrency?: number;
}
