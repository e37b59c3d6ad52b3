/**
 * Seals, opens and rewraps objects in Amazon S3 under AWS KMS keys.
 *
 * @packageDocumentation
 */
export { createKmsClient, createS3Client } from './clients.ts';
export { S3EncryptionClient } from './encryption/s3-encryption-client.ts';
export type { ReEncryptInstructionFileInput } from './encryption/reencrypt-instruction-file.ts';
export type {
  EncryptionRequestOptions,
  MetadataStrategy,
  S3EncryptionClientOptions,
} from './encryption/settings.ts';
export type {
  KeyListing,
  KeyOrigin,
  MultiRegionListing,
  RotationListing,
  WrappingListing,
} from './key-listing.ts';
export { KmsKeyring, type KmsKeyringOptions } from './kms-keyring.ts';
export { listKeys } from './list-keys.ts';
export { readMapResults, type MapResult } from './map-results.ts';
export { S3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';
export { version } from './version.ts';
export { writeJsonObject } from './write-json-object.ts';
export {
  RawAesKeyring,
  RawRsaKeyring,
  SealdropError,
  commitmentPolicies,
  defaultInstructionFileSuffix,
  errorCatalogue,
  type AlgorithmSuite,
  type Binding,
  type CommitmentPolicy,
  type DataKeyWrapper,
  type EncryptedDataKey,
  type EncryptionContext,
  type GeneratedDataKey,
  type Keyring,
  type MaterialDescription,
  type Metadata,
  type OpenPolicy,
  type PlaintextDataKey,
  type RawAesKeyringOptions,
  type RawRsaKeyringOptions,
  type RewrappedDataKey,
  type RewrappingKeyring,
  type SafeFields,
  type SealdropErrorCode,
  type SealdropErrorOptions,
  type WrappingAlgorithm,
  type WrappingRecord,
} from '../envelope/index.ts';
export {
  CachingKeyring,
  type CachingKeyringCounts,
  type CachingKeyringOptions,
  type OpeningCacheLimits,
  type SealingCacheLimits,
} from '../operations/caching-keyring.ts';
export {
  drill,
  isDrillPassed,
  type DrillFailure,
  type DrillOptions,
  type DrillReport,
  type DrillResult,
  type RecoveryTime,
} from '../operations/drill.ts';
export { compareSequencers, type Drop } from '../operations/drop.ts';
export type { Handover } from '../operations/handover.ts';
export type {
  ContentHeaders,
  ListedObject,
  ObjectAddress,
  ObjectStore,
  ObjectToWrite,
  StoredObject,
  Tags,
  WriteCondition,
} from '../operations/object-store.ts';
export {
  defaultBufferLimitBytes,
  openToBuffer,
  openToFile,
  type OpenedObject,
  type OpenOptions,
} from '../operations/open-object.ts';
export { PacedKeyring } from '../operations/paced-keyring.ts';
export { rebindObject, type RebindOptions, type ReboundObject } from '../operations/rebind-object.ts';
export { RequestPace, type RequestPaceOptions } from '../operations/request-pace.ts';
export { resealObject, type ResealedObject, type ResealOptions } from '../operations/reseal-object.ts';
export { type ThrottleOptions } from '../operations/retry-while-throttled.ts';
export {
  noCounts,
  rewrapMany,
  type RewrapFailure,
  type RewrapManyOptions,
  type RewrapReport,
  type RewrapResult,
} from '../operations/rewrap-many.ts';
export {
  rewrapObject,
  type RewrapOptions,
  type RewrapOutcome,
  type RewrapStatus,
} from '../operations/rewrap-object.ts';
export {
  continuedReport,
  RewrapTotals,
  type RewrapBatchReport,
  type RewrapSummary,
} from '../operations/rewrap-summary.ts';
export { RegionGuard, type CallsByRegion } from './region-guard.ts';
export { RequestCounts, type RequestsByAction } from './request-counts.ts';
export type { Sample } from '../operations/sample.ts';
export { sealDrop, type SealDropOptions, type SealOutcome } from '../operations/seal-drop.ts';
export { shareObject, type ShareOptions, type ShareOutcome } from '../operations/share-object.ts';
export type { KmsRecipient, PublicKeyRecipient, ShareRecipient } from '../operations/share-recipient.ts';
export { unshareObject, type UnshareOptions } from '../operations/unshare-object.ts';
export type { Vault } from '../operations/vault.ts';
