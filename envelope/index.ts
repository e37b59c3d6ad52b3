/**
 * The message format of the Amazon S3 Encryption Client without any service behind it: bring a keyring,
 * bytes and metadata.
 *
 * @packageDocumentation
 */
export {
  coveringRange,
  parseContentRange,
  parseRange,
  resolveRange,
  type AnsweredRange,
  type ByteRange,
  type RequestedRange,
} from './byte-range.ts';
export {
  assertMayOpen,
  commitmentPolicies,
  defaultCommitmentPolicy,
  suiteForSealing,
  type CommitmentPolicy,
} from './commitment-policy.ts';
export { encodeEnvelope, parseEnvelope } from './content-metadata.ts';
export {
  bufferLimitExceeded,
  contentLengthBytes,
  openBuffered,
  type ContentDecryptor,
} from './decryption.ts';
export { sealedLengthBytes, type ContentEncryptor } from './encryption.ts';
export {
  assertContextMatches,
  bindContext,
  bindings,
  callersContext,
  type Binding,
  type EncryptionContext,
  type ObjectIdentity,
} from './encryption-context.ts';
export { assertExpectedContext } from './expected-context.ts';
export type { CommittingContent, ContentParameters, Envelope, NonCommittingContent } from './envelope.ts';
export { errorCatalogue, type SealdropErrorCode } from './error-catalogue.ts';
export {
  authenticationFailure,
  SealdropError,
  type SafeFields,
  type SealdropErrorOptions,
} from './errors.ts';
export {
  defaultInstructionFileSuffix,
  encodeInstructionFile,
  maxInstructionFileBytes,
  mayHaveInstructionFile,
  mergeInstructionFile,
  parseInstructionFile,
  splitEnvelope,
  type SplitEnvelope,
} from './instruction-file.ts';
export type {
  DataKeyWrapper,
  EncryptedDataKey,
  GeneratedDataKey,
  Keyring,
  PlaintextDataKey,
  RewrappedDataKey,
  RewrappingKeyring,
  WrappingRecord,
} from './keyring.ts';
export {
  classify,
  envelopeNames,
  INSTRUCTION_FILE_MARK,
  withoutEnvelope,
  type Classification,
  type Metadata,
} from './metadata-names.ts';
export {
  assertOpenable,
  startOpen,
  startOpenCbcRange,
  startOpenRange,
  type OpenPolicy,
  type StartOpenOptions,
} from './open.ts';
export type { CbcRangeDecryptor, OpenedRange } from './cbc-range-decryption.ts';
export type { RangeDecryptor } from './range-decryption.ts';
export { RawAesKeyring, type RawAesKeyringOptions } from './raw-aes-keyring.ts';
export type { MaterialDescription } from './raw-key.ts';
export { RawRsaKeyring, type RawRsaKeyringOptions } from './raw-rsa-keyring.ts';
export { assertAuthenticated, reencryptEnvelope } from './reencrypt.ts';
export { rewrapEnvelope, type RewrapEnvelopeOptions, type RewrappedEnvelope } from './rewrap.ts';
export { startSeal, type SealOptions, type StartedSeal } from './seal.ts';
export {
  cbcSuite,
  committingSuite,
  gcmSuite,
  type AlgorithmSuite,
  type CommittingSuite,
  type NonCommittingSuite,
} from './suite.ts';
export {
  isLegacyWrapping,
  storedBeside,
  unsupportedWrapping,
  type WrappingAlgorithm,
} from './wrapping-algorithm.ts';
