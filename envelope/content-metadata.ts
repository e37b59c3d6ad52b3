import {
  algorithmPairName,
  encodeContext,
  parseContext,
  type EncryptionContext,
} from './encryption-context.ts';
import { SealdropError } from './errors.ts';
import { committingSuite } from './suite.ts';

/** An object's user metadata: names without the `x-amz-meta-` prefix, in lower case. */
export type Metadata = Readonly<Record<string, string>>;

/** The names of the V3 format. Spec: data-format/content-metadata.md#content-metadata-mapkeys */
const CONTENT_CIPHER_V3 = 'x-amz-c';
const ENCRYPTED_DATA_KEY_V3 = 'x-amz-3';
const ENCRYPTED_DATA_KEY_ALGORITHM_V3 = 'x-amz-w';
const KEY_COMMITMENT_V3 = 'x-amz-d';
const MESSAGE_ID_V3 = 'x-amz-i';
const MAT_DESC_V3 = 'x-amz-m';
const ENCRYPTION_CONTEXT_V3 = 'x-amz-t';

/** The wrapping algorithm "kms+context" as V3 writes it. */
const KMS_WITH_CONTEXT = '12';

const v1Names = ['x-amz-key'];
const v2Names = ['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-tag-len'];
const v1AndV2Names = ['x-amz-iv', 'x-amz-matdesc', 'x-amz-unencrypted-content-length'];
const v3Names = [
  CONTENT_CIPHER_V3,
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTED_DATA_KEY_ALGORITHM_V3,
  KEY_COMMITMENT_V3,
  MESSAGE_ID_V3,
  MAT_DESC_V3,
  ENCRYPTION_CONTEXT_V3,
];

/** Every name that the format, in any version, keeps for itself. */
export const envelopeNames: readonly string[] = [
  ...v1Names,
  ...v2Names,
  ...v1AndV2Names,
  ...v3Names,
  'x-amz-crypto-instr-file',
];

/** The encryption metadata of one V3 object. */
export interface Envelope {
  readonly encryptedDataKey: Uint8Array;
  /** 28 bytes. */
  readonly commitment: Uint8Array;
  /** 28 bytes. */
  readonly messageId: Uint8Array;
  /** As stored, with the algorithm's pair. */
  readonly encryptionContext: EncryptionContext;
}

/** What an object's metadata says it is, before anything of it is believed. */
export type Classification = 'none' | 'v1' | 'v2' | 'v3' | 'v3-with-instruction-file';

/**
 * Tells the format version from the names alone.
 *
 * Spec: data-format/content-metadata.md#determining-s3ec-object-status
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where names exclusive to two versions are there.
 */
export function classify(metadata: Metadata): Classification {
  const names = [...lowerCased(metadata).keys()];
  const has = (group: readonly string[]) => group.some((name) => names.includes(name));
  const versions = [has(v1Names), has(v2Names), has(v3Names)].filter(Boolean).length;
  if (versions > 1 || (has(v3Names) && has(v1AndV2Names))) {
    throw new SealdropError('ENVELOPE_MALFORMED', 'the metadata mixes names of several format versions');
  }
  if (has(v3Names)) return names.includes(ENCRYPTED_DATA_KEY_V3) ? 'v3' : 'v3-with-instruction-file';
  if (has(v2Names)) return 'v2';
  if (has(v1Names)) return 'v1';
  return 'none';
}

/** The metadata entries of an envelope, all of them in the object's metadata. */
export function encodeEnvelope(envelope: Envelope): Metadata {
  return {
    [CONTENT_CIPHER_V3]: committingSuite.metadataValue,
    [ENCRYPTED_DATA_KEY_V3]: base64(envelope.encryptedDataKey),
    [ENCRYPTED_DATA_KEY_ALGORITHM_V3]: KMS_WITH_CONTEXT,
    [KEY_COMMITMENT_V3]: base64(envelope.commitment),
    [MESSAGE_ID_V3]: base64(envelope.messageId),
    [ENCRYPTION_CONTEXT_V3]: encodeContext(envelope.encryptionContext),
  };
}

/**
 * Reads the envelope from an object's metadata; entries of others are passed over.
 *
 * @throws {@link SealdropError} NOT_SEALED, ENVELOPE_UNSUPPORTED for other format versions and wrappings,
 *   ENVELOPE_MALFORMED for whatever does not fit the format.
 */
export function parseEnvelope(metadata: Metadata): Envelope {
  const entries = lowerCased(metadata);
  const version = classify(metadata);
  if (version === 'none') throw new SealdropError('NOT_SEALED', 'the object is not sealed');
  if (version !== 'v3') throw unsupported(`the format "${version}"`);
  const contentAlgorithm = required(entries, CONTENT_CIPHER_V3);
  if (contentAlgorithm !== committingSuite.metadataValue) throw malformed(CONTENT_CIPHER_V3);
  if (required(entries, ENCRYPTED_DATA_KEY_ALGORITHM_V3) !== KMS_WITH_CONTEXT) {
    throw unsupported('this wrapping algorithm');
  }
  if (entries.has(MAT_DESC_V3)) throw malformed(MAT_DESC_V3);
  const encryptionContext = parseContext(required(entries, ENCRYPTION_CONTEXT_V3));
  // KMS authenticates the context, so its pair tells when the metadata was given another algorithm.
  if (encryptionContext[algorithmPairName] !== contentAlgorithm) throw malformed(ENCRYPTION_CONTEXT_V3);
  return {
    encryptedDataKey: bytes(entries, ENCRYPTED_DATA_KEY_V3),
    commitment: bytes(entries, KEY_COMMITMENT_V3, committingSuite.commitmentBytes),
    messageId: bytes(entries, MESSAGE_ID_V3, committingSuite.messageIdBytes),
    encryptionContext,
  };
}

/** The metadata without the entries of the format. */
export function withoutEnvelope(metadata: Metadata): Metadata {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => !envelopeNames.includes(name.toLowerCase())),
  );
}

/** S3 keeps names in lower case; a map from elsewhere may not. */
function lowerCased(metadata: Metadata): ReadonlyMap<string, string> {
  const entries = new Map(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
  if (entries.size === Object.keys(metadata).length) return entries;
  throw new SealdropError('ENVELOPE_MALFORMED', 'a metadata entry is there twice, in two cases');
}

function required(entries: ReadonlyMap<string, string>, name: string): string {
  const value = entries.get(name);
  if (value === undefined) throw malformed(name);
  return value;
}

function bytes(entries: ReadonlyMap<string, string>, name: string, lengthBytes?: number): Buffer {
  const text = required(entries, name);
  const decoded = Buffer.from(text, 'base64');
  // Node skips what is not base64; only what encodes to the same text again was base64 throughout.
  if (decoded.length === 0 || base64(decoded) !== text) throw malformed(name);
  if (lengthBytes !== undefined && decoded.length !== lengthBytes) throw malformed(name);
  return decoded;
}

function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function malformed(name: string): SealdropError {
  return new SealdropError('ENVELOPE_MALFORMED', `the metadata entry "${name}" does not fit the format`, {
    fields: { name },
  });
}

function unsupported(what: string): SealdropError {
  return new SealdropError('ENVELOPE_UNSUPPORTED', `${what} is not supported`);
}
