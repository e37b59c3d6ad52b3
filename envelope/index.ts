/**
 * The message format of the Amazon S3 Encryption Client, version 3, without any service behind it: bring a
 * keyring, bytes and metadata.
 *
 * @packageDocumentation
 */
export {
  classify,
  encodeEnvelope,
  envelopeNames,
  parseEnvelope,
  withoutEnvelope,
  type Classification,
  type Envelope,
  type Metadata,
} from './content-metadata.ts';
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
  type Binding,
  type EncryptionContext,
  type ObjectIdentity,
} from './encryption-context.ts';
export {
  authenticationFailure,
  errorCatalogue,
  SealdropError,
  type SafeFields,
  type SealdropErrorCode,
  type SealdropErrorOptions,
} from './errors.ts';
export type {
  GeneratedDataKey,
  Keyring,
  PlaintextDataKey,
  RewrappedDataKey,
  WrappingRecord,
} from './keyring.ts';
export { startOpen } from './open.ts';
export { rewrapEnvelope, type RewrappedEnvelope } from './rewrap.ts';
export { startSeal, type StartedSeal } from './seal.ts';
export { committingSuite, type AlgorithmSuite } from './suite.ts';
