import { SealdropError } from './errors.ts';

/** An object's user metadata: names without the `x-amz-meta-` prefix, in lower case. */
export type Metadata = Readonly<Record<string, string>>;

// The names of the formats. Spec: data-format/content-metadata.md#content-metadata-mapkeys

export const ENCRYPTED_DATA_KEY_V1 = 'x-amz-key';

export const ENCRYPTED_DATA_KEY_V2 = 'x-amz-key-v2';
export const ENCRYPTED_DATA_KEY_ALGORITHM_V2 = 'x-amz-wrap-alg';
export const CONTENT_CIPHER_V2 = 'x-amz-cek-alg';
export const TAG_LENGTH_V2 = 'x-amz-tag-len';

export const CONTENT_IV = 'x-amz-iv';
export const MAT_DESC = 'x-amz-matdesc';
export const UNENCRYPTED_CONTENT_LENGTH = 'x-amz-unencrypted-content-length';

export const CONTENT_CIPHER_V3 = 'x-amz-c';
export const ENCRYPTED_DATA_KEY_V3 = 'x-amz-3';
export const ENCRYPTED_DATA_KEY_ALGORITHM_V3 = 'x-amz-w';
export const KEY_COMMITMENT_V3 = 'x-amz-d';
export const MESSAGE_ID_V3 = 'x-amz-i';
export const MAT_DESC_V3 = 'x-amz-m';
export const ENCRYPTION_CONTEXT_V3 = 'x-amz-t';

/** The entry, always empty, that marks the object of an instruction file. */
export const INSTRUCTION_FILE_MARK = 'x-amz-crypto-instr-file';

const v1Names = [ENCRYPTED_DATA_KEY_V1];
const v2Names = [ENCRYPTED_DATA_KEY_V2, ENCRYPTED_DATA_KEY_ALGORITHM_V2, CONTENT_CIPHER_V2, TAG_LENGTH_V2];
const v1AndV2Names = [CONTENT_IV, MAT_DESC, UNENCRYPTED_CONTENT_LENGTH];
/** What V3 stores of the content: always on the object itself. */
export const v3ContentNames: readonly string[] = [CONTENT_CIPHER_V3, KEY_COMMITMENT_V3, MESSAGE_ID_V3];
/** What V3 stores of the data key: on the object, or in its instruction file. */
export const v3DataKeyNames: readonly string[] = [
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTED_DATA_KEY_ALGORITHM_V3,
  MAT_DESC_V3,
  ENCRYPTION_CONTEXT_V3,
];
const v3Names = [...v3ContentNames, ...v3DataKeyNames];

/** Every name that the format, in any version, keeps for itself. */
export const envelopeNames: readonly string[] = [
  ...v1Names,
  ...v2Names,
  ...v1AndV2Names,
  ...v3Names,
  INSTRUCTION_FILE_MARK,
];

/**
 * What an object's metadata says it is, before anything of it is believed. With `none` the whole envelope of
 * an older format may be in an instruction file; otherwise the object is not sealed.
 */
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
  if (has(v3Names)) return has(v3DataKeyNames) ? 'v3' : 'v3-with-instruction-file';
  if (has(v2Names)) return 'v2';
  if (has(v1Names)) return 'v1';
  return 'none';
}

/** The metadata without the entries of the format. */
export function withoutEnvelope(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !isOfTheFormat(name)));
}

/** The entries of the format alone, by their names in lower case. */
export function onlyEnvelope(metadata: Metadata): Metadata {
  return Object.fromEntries([...lowerCased(metadata)].filter(([name]) => isOfTheFormat(name)));
}

function isOfTheFormat(name: string): boolean {
  return envelopeNames.includes(name.toLowerCase());
}

/**
 * The entries by their names in lower case, as S3 keeps them; a map from elsewhere may not.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where an entry is there twice.
 */
export function lowerCased(metadata: Metadata): ReadonlyMap<string, string> {
  const entries = new Map(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
  if (entries.size === Object.keys(metadata).length) return entries;
  throw new SealdropError('ENVELOPE_MALFORMED', 'a metadata entry is there twice, in two cases');
}
