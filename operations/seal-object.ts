import {
  assertContextMatches,
  classify,
  parseEnvelope,
  sealedLengthBytes,
  SealdropError,
  type EncryptionContext,
} from '../envelope/index.ts';
import { headIfThere } from './head-if-there.ts';
import { assertNoReservedEntries } from './metadata-limits.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';
import { recordsRevision, recordsRevisionOf, revisionEntry } from './records.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { sealContent, type SealContentOptions } from './seal-content.ts';
import { assertNoInstructionFileKey } from './sealed-key.ts';
import { contextOf } from './vault.ts';
import { conditionFrom, outputExists } from './write-condition.ts';

/**
 * What may be replaced by a sealed object: nothing; what was sealed for the same vault from an earlier state of
 * a source, by its own record; or anything.
 */
export type Replacing = 'nothing' | 'earlier' | 'anything';

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
   * Whether nothing is written: what would be done is told as `planned`.
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
export function sealObject(
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
  if (standing !== undefined) {
    const now = await from.head(source, signal);
    if (isCurrent(standing, now, destination, options)) {
      return { status: 'current', contentLengthBytes: now.lengthBytes };
    }
    assertMayReplace(standing, destination, options);
  }
  if (options.dryRun === true) {
    return { status: 'planned', contentLengthBytes: (await from.head(source, signal)).lengthBytes };
  }
  const { object, content } = await from.get(source, signal);
  assertNoReservedEntries(object.metadata);
  const sent = await sealContent(
    {
      body: content,
      lengthBytes: object.lengthBytes,
      metadata: object.metadata,
      headers: object.headers,
      tags: object.tagCount === 0 ? {} : await from.tags(object.address, signal),
      records: revisionEntry(object),
    },
    destination,
    conditionFrom(standing),
    options,
  );
  return { status: 'sealed', sealed: sent.sealed, contentLengthBytes: object.lengthBytes };
}

/** Whether what stands was sealed from this state of its source, for this vault: as far as metadata tells. */
function isCurrent(
  standing: StoredObject,
  source: StoredObject,
  destination: ObjectAddress,
  { vault }: SealObjectOptions,
): boolean {
  return (
    recordsRevisionOf(standing.metadata, source) &&
    standing.lengthBytes === sealedLengthBytes(source.lengthBytes) &&
    isBoundAsExpected(standing, contextOf(vault, destination.key))
  );
}

/** With an instruction file only the file tells; what it says is then seen when the object is opened. */
function isBoundAsExpected({ metadata }: StoredObject, expected: EncryptionContext): boolean {
  try {
    if (classify(metadata) === 'v3-with-instruction-file') return true;
    assertContextMatches(parseEnvelope(metadata).encryptedDataKey.context, expected);
    return true;
  } catch (error) {
    if (error instanceof SealdropError) return false;
    throw error;
  }
}

function assertMayReplace(
  standing: StoredObject,
  destination: ObjectAddress,
  { replacing, vault }: SealObjectOptions,
): void {
  if (replacing === 'anything') return;
  const isEarlier =
    recordsRevision(standing.metadata) && isBoundAsExpected(standing, contextOf(vault, destination.key));
  if (replacing !== 'earlier' || !isEarlier) throw outputExists(standing.address);
}
