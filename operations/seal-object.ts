import {
  assertContextMatches,
  sealedLengthBytes,
  type EncryptionContext,
  type Metadata,
  type SealdropErrorCode,
} from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import { headIfThere } from './head-if-there.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertNoReservedEntries } from './metadata-limits.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { readInstructionFileOf } from './read-instruction-file.ts';
import { recordsRevisionOf, recordsSource, revisionEntry, withInstructionVersion } from './records.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { assertCanSeal, sealContent, type ContentToSeal, type SealContentOptions } from './seal-content.ts';
import { assertNoInstructionFileKey } from './sealed-key.ts';
import { travellingTagsOf } from './travelling-tags.ts';
import { contextOf } from './vault.ts';
import { conditionFrom, outputExists } from './write-condition.ts';
import { replaceableFile } from './write-instruction-file.ts';

/**
 * What may be replaced by a sealed object: nothing; what was sealed for the same vault from an earlier state of
 * the same source, by its own record; or anything.
 */
export type Replacing = 'nothing' | 'earlier' | 'anything';

/** What says what an object is, and not that it could not be looked at. */
const aboutTheObject: readonly SealdropErrorCode[] = [
  'CONTEXT_MISMATCH',
  'ENVELOPE_MALFORMED',
  'ENVELOPE_UNSUPPORTED',
  'INSTRUCTION_FILE_MISSING',
  'NOT_SEALED',
];

/** What sealing an object of a store needs. */
export interface SealObjectOptions extends SealContentOptions {
  /** Where the plaintext is. */
  readonly from: ReadableStore;
  readonly replacing: Replacing;
  /**
   * Whether something may stand in the destination; `false` saves a request where a list has told.
   * @defaultValue true
   */
  readonly mayStand?: boolean;
  /**
   * Whether nothing is written: what would be done is told as `planned`, and what would be refused is thrown, as
   * far as it can be told without a data key.
   * @defaultValue false
   */
  readonly dryRun?: boolean;
}

/** How sealing one object ended; `current`: it was sealed before, from this very state of its source. */
export type SealObjectOutcome =
  | { readonly status: 'sealed'; readonly sealed: ObjectAddress; readonly contentLengthBytes: number }
  | { readonly status: 'current' | 'planned'; readonly contentLengthBytes: number };

/**
 * Seals one object of a store into another place, unless it stands there already, sealed from this very state
 * of its source. The source is left as it is.
 *
 * @throws {@link SealdropError} OUTPUT_EXISTS where something else stands there that may not be replaced,
 *   RESERVED_NAME, RESERVED_METADATA, and what {@link sealContent} and the stores throw.
 */
export async function sealObject(
  source: ObjectAddress,
  destination: ObjectAddress,
  options: SealObjectOptions,
): Promise<SealObjectOutcome> {
  assertNoInstructionFileKey(destination.key);
  let { mayStand = true } = options;
  return retryWhileChanged(() => {
    const attempt = sealAsItStands(source, destination, { ...options, mayStand });
    // What was not there may have come to be.
    mayStand = true;
    return attempt;
  });
}

async function sealAsItStands(
  source: ObjectAddress,
  destination: ObjectAddress,
  options: SealObjectOptions,
): Promise<SealObjectOutcome> {
  const { from, store, signal } = options;
  const standing = options.mayStand === false ? undefined : await headIfThere(store, destination, signal);
  const now = standing === undefined ? undefined : await from.head(source, signal);
  if (standing !== undefined && now !== undefined) {
    // Only what tells of this source is worth a look at its instruction file.
    const isEarlier =
      recordsSource(standing.metadata, now) &&
      (await isBoundAsExpected(standing, contextOf(options.vault, destination.key), options));
    if (isEarlier && isSealedFrom(standing, now)) {
      return { status: 'current', contentLengthBytes: now.lengthBytes };
    }
    assertMayReplace(standing, options.replacing, isEarlier);
  }
  if (options.dryRun === true) {
    const planned = now ?? (await from.head(source, signal));
    await assertCanSealObject(planned, destination, options);
    return { status: 'planned', contentLengthBytes: planned.lengthBytes };
  }
  const { object, content } = await from.get(source, signal);
  assertNoReservedEntries(object.metadata);
  const tags = await travellingTagsOf(from, object, signal);
  const sent = await sealContent(
    { body: content, tags, ...besidesContent(object) },
    destination,
    conditionFrom(standing),
    options,
  );
  return { status: 'sealed', sealed: sent.sealed, contentLengthBytes: object.lengthBytes };
}

function besidesContent(object: StoredObject): Omit<ContentToSeal, 'body' | 'tags'> {
  const { lengthBytes, metadata, headers } = object;
  return { lengthBytes, metadata, headers, records: revisionEntry(object) };
}

/** What sealing itself would find, but for what only the envelope tells. */
async function assertCanSealObject(
  source: StoredObject,
  destination: ObjectAddress,
  options: SealObjectOptions,
): Promise<void> {
  assertNoReservedEntries(source.metadata);
  assertCanSeal(besidesContent(source), destination, options);
  if (options.instructionFiles !== true) return;
  await replaceableFile(options.store, instructionFileAddress(destination), options.signal);
}

/** Whether what stands was sealed from this state of its source: as far as metadata tells. */
function isSealedFrom({ metadata, lengthBytes }: StoredObject, source: StoredObject): boolean {
  return recordsRevisionOf(metadata, source) && lengthBytes === sealedLengthBytes(source.lengthBytes);
}

/** Whether what stands is sealed as it would be now, whoever sealed it. */
async function isBoundAsExpected(
  { address, metadata }: StoredObject,
  expected: EncryptionContext,
  { store, signal }: SealObjectOptions,
): Promise<boolean> {
  const readInstructionFile = (): Promise<Metadata> => readInstructionFileOf(store, address, { signal });
  try {
    const one = withInstructionVersion(metadata, undefined);
    await openEnvelope({ metadata: one, readInstructionFile }, ({ encryptedDataKey }) => {
      assertContextMatches(encryptedDataKey.context, expected);
      return Promise.resolve();
    });
    return true;
  } catch (error) {
    if (hasCode(error, ...aboutTheObject)) return false;
    throw error;
  }
}

function assertMayReplace({ address }: StoredObject, replacing: Replacing, isEarlier: boolean): void {
  if (replacing === 'anything' || (replacing === 'earlier' && isEarlier)) return;
  throw outputExists(address);
}
