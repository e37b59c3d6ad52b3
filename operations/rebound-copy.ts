import {
  assertExpectedContext,
  mayHaveInstructionFile,
  type EncryptionContext,
  type SealdropErrorCode,
  type WrappingRecord,
} from '../envelope/index.ts';
import { CONTENT_IV, KEY_COMMITMENT_V3, MESSAGE_ID_V3 } from '../envelope/metadata-names.ts';
import { envelopeSourceOf } from './envelope-source.ts';
import { hasCode } from './has-code.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { standingInstructionFileOf } from './read-instruction-file.ts';
import { recordedWrapping } from './records.ts';

/** What a sealed object is expected to be bound to, and where its instruction file would be. */
export interface BindingCheck {
  readonly store: ReadableStore;
  readonly expectedContext: EncryptionContext;
  readonly signal?: AbortSignal | undefined;
}

/** What says that an object is no copy, or that nobody can tell. */
const notSealedSo: readonly SealdropErrorCode[] = [
  'CONTEXT_MISMATCH',
  'ENVELOPE_MALFORMED',
  'INSTRUCTION_FILE_MISSING',
  'NOT_SEALED',
];

/** The entries that only copies of one sealed object have in common. */
const contentEntries = [MESSAGE_ID_V3, KEY_COMMITMENT_V3, CONTENT_IV] as const;

/**
 * Whether what stands in a place is a copy of a sealed object and bound to that place, as far as metadata tells:
 * then there is nothing left to do, or the source may go.
 *
 * @param wrapping - where it must record that its key wraps it, the key
 * @throws {@link SealdropError} what the store throws.
 */
export async function isReboundCopy(
  standing: StoredObject,
  source: StoredObject,
  { wrapping, ...check }: BindingCheck & { readonly wrapping?: WrappingRecord },
): Promise<boolean> {
  if (haveSameBytes(standing, source) === false) return false;
  try {
    if (!(await haveSameContent(standing, source, check))) return false;
    await assertBoundTo(standing, check);
    return wrapping === undefined || (await recordedKeyOf(standing, check)) === wrapping.keyArn;
  } catch (error) {
    if (hasCode(error, ...notSealedSo)) return false;
    throw error;
  }
}

/**
 * Checks that an object is sealed, and bound as expected.
 *
 * @throws {@link SealdropError} NOT_SEALED, ENVELOPE_MALFORMED, CONTEXT_MISMATCH, INSTRUCTION_FILE_MISSING, and
 *   what the store throws.
 */
export async function assertBoundTo(
  object: StoredObject,
  { store, expectedContext, signal }: BindingCheck,
): Promise<void> {
  await openEnvelope(envelopeSourceOf(store, object, { signal }), ({ encryptedDataKey }) => {
    assertExpectedContext(encryptedDataKey, expectedContext);
    return Promise.resolve();
  });
}

/** Recorded where the data key is: with the object, or with its file. */
async function recordedKeyOf(
  { address, metadata }: StoredObject,
  { store, signal }: BindingCheck,
): Promise<string | undefined> {
  if (!mayHaveInstructionFile(metadata)) return recordedWrapping(metadata)?.keyArn;
  return (await standingInstructionFileOf(store, address, { signal })).wrapping?.keyArn;
}

/**
 * Whether two objects have the same bytes, by what a store computed from them; nothing where it computed nothing
 * that can be compared.
 */
export function haveSameBytes(one: StoredObject, other: StoredObject): boolean | undefined {
  if (one.lengthBytes !== other.lengthBytes) return false;
  if (one.crc32 !== undefined && other.crc32 !== undefined) return one.crc32 === other.crc32;
  const [a, b] = [one.checksum, other.checksum];
  if (a?.isOfWhole === true && b?.isOfWhole === true && a.algorithm === b.algorithm)
    return a.value === b.value;
  if (!isDigest(one) || !isDigest(other)) return undefined;
  if (one.etag === other.etag) return true;
  // Of parts, which may be others.
  return [one, other].some(({ etag }) => etag.includes('-')) ? undefined : false;
}

/** Under a key of KMS, an ETag is no digest of the content. */
function isDigest({ etag, serverSideEncryption = 'AES256' }: StoredObject): boolean {
  return serverSideEncryption === 'AES256' && /^"[0-9a-f]{32}(-\d+)?"$/.test(etag);
}

/** A message id, or an IV, is drawn anew for every content. With V2 it may be in the instruction file. */
async function haveSameContent(
  one: StoredObject,
  other: StoredObject,
  check: Omit<BindingCheck, 'expectedContext'>,
): Promise<boolean> {
  if (!contentEntries.every((name) => one.metadata[name] === other.metadata[name])) return false;
  if (contentEntries.some((name) => one.metadata[name] !== undefined)) return true;
  const [iv, otherIv] = await Promise.all([one, other].map((each) => ivOf(each, check)));
  return iv !== undefined && iv === otherIv;
}

async function ivOf(
  object: StoredObject,
  { store, signal }: Omit<BindingCheck, 'expectedContext'>,
): Promise<string | undefined> {
  return openEnvelope(envelopeSourceOf(store, object, { signal }), ({ content }) =>
    Promise.resolve('iv' in content ? Buffer.from(content.iv).toString('hex') : undefined),
  );
}
