import {
  mayHaveInstructionFile,
  mergeInstructionFile,
  rewrapEnvelope,
  SealdropError,
  splitEnvelope,
  type Metadata,
  type RewrapEnvelopeOptions,
  type RewrappingKeyring,
  type WrappingRecord,
} from '../envelope/index.ts';
import { findInstructionFile } from './find-instruction-file.ts';
import { hasCode } from './has-code.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertMetadataFits } from './metadata-limits.ts';
import type { CopyingStore, ObjectAddress, StoredObject, WriteCondition } from './object-store.ts';
import { standingInstructionFileOf, type StandingInstructionFile } from './read-instruction-file.ts';
import {
  recordedInstructionVersion,
  recordedWrapping,
  versionIdPlaceholder,
  withInstructionVersion,
  withoutWrappingEntries,
} from './records.ts';
import { assertNothingHidden, metadataAfter } from './rewrap-object.ts';
import { assertNoInstructionFileKey } from './sealed-key.ts';
import { contextOf, type Vault } from './vault.ts';
import { writeInstructionFile } from './write-instruction-file.ts';

/** What binding a sealed object to another key or vault needs. */
export interface RebindOptions {
  readonly store: CopyingStore;
  readonly keyring: Pick<RewrappingKeyring, 'rewrapDataKey'>;
  /** What the object is bound to. */
  readonly vault: Vault;
  /**
   * What it is bound to from now on.
   * @defaultValue the same, with the new key
   */
  readonly newVault?: Vault;
  /** What must hold where the copy comes to be. */
  readonly condition: WriteCondition;
  readonly signal?: AbortSignal | undefined;
}

/** A sealed object in its new place. */
export interface ReboundObject {
  /** The very version that was copied. */
  readonly source: StoredObject;
  readonly written: ObjectAddress;
  readonly wrapping: WrappingRecord;
}

/**
 * Copies a sealed object to another key, or another vault, inside the store: its data key is wrapped anew under
 * the context of its new place, its content is neither read nor changed. The source stays.
 *
 * @throws {@link SealdropError} RESERVED_NAME, METADATA_HIDDEN, OBJECT_CHANGED, OBJECT_ARCHIVED,
 *   OBJECT_KEY_TOO_LONG, BUCKET_NOT_VERSIONED, INSTRUCTION_FILE_STALE where no file is known to be its own, and what
 *   {@link rewrapEnvelope} and the store throw. Nothing that anybody opens has changed then.
 */
export async function rebindObject(
  from: ObjectAddress,
  to: ObjectAddress,
  options: RebindOptions,
): Promise<ReboundObject> {
  assertNoInstructionFileKey(to.key);
  const source = await options.store.head(from, options.signal);
  assertNothingHidden(source);
  if (source.isArchived === true) {
    throw new SealdropError('OBJECT_ARCHIVED', 'the object has to be restored before it can be copied', {
      fields: { ...source.address },
    });
  }
  return mayHaveInstructionFile(source.metadata)
    ? rebindWithFile(source, to, options)
    : rebindAlone(source, to, options);
}

async function rebindAlone(
  source: StoredObject,
  to: ObjectAddress,
  options: RebindOptions,
): Promise<ReboundObject> {
  const { store, keyring, condition, signal } = options;
  const noted = recordedWrapping(source.metadata);
  const rewrapped = await rewrapEnvelope(
    keyring,
    source.metadata,
    envelopeOptions(source, to, noted, options),
  );
  const metadata = metadataAfter(source.metadata, rewrapped.metadata, rewrapped.wrapping);
  const written = await store.copy(source, { address: to, metadata, condition }, signal);
  return { source, written, wrapping: rewrapped.wrapping };
}

/** The file is written first: an object without its file could not be opened. */
async function rebindWithFile(
  source: StoredObject,
  to: ObjectAddress,
  options: RebindOptions,
): Promise<ReboundObject> {
  const { store, keyring, condition, signal } = options;
  const metadataWith = (fileVersion: string | undefined): Metadata =>
    withInstructionVersion(withoutWrappingEntries(source.metadata), fileVersion);
  assertMetadataFits(metadataWith(versionIdPlaceholder));
  const file = await fileToCarry(source, options);
  const whole = mergeInstructionFile(source.metadata, file.entries);
  const { metadata: entries, wrapping } = await rewrapEnvelope(
    keyring,
    whole,
    envelopeOptions(source, to, file.wrapping, options),
  );
  const split = splitEnvelope(entries);
  const versionId = await writeInstructionFile(
    store,
    instructionFileAddress(to),
    { entries: split.instructionFile, wrapping },
    { object: { address: to, condition }, signal },
  );
  const metadata = metadataWith(versionId);
  assertMetadataFits(metadata);
  const written = await store.copy(source, { address: to, metadata, condition }, signal);
  return { source, written, wrapping };
}

/**
 * The current file may be of a writer that stopped before its object: the copy would not open by that one.
 *
 * @throws {@link SealdropError} INSTRUCTION_FILE_STALE, and what the store throws.
 */
async function fileToCarry(
  { address, metadata }: StoredObject,
  { store, signal }: RebindOptions,
): Promise<StandingInstructionFile> {
  const recorded = recordedInstructionVersion(metadata);
  const read = (versionId?: string): Promise<StandingInstructionFile> =>
    standingInstructionFileOf(store, address, { versionId, signal });
  if (recorded === undefined) return read();
  const found = await findInstructionFile(recorded, read);
  if (found !== undefined) return found;
  try {
    return await read(recorded);
  } catch (error) {
    if (!hasCode(error, 'OBJECT_NOT_FOUND')) throw error;
    throw new SealdropError('INSTRUCTION_FILE_STALE', 'no instruction file is known to be of this object', {
      fields: { ...address },
      cause: error,
    });
  }
}

function envelopeOptions(
  source: StoredObject,
  to: ObjectAddress,
  noted: WrappingRecord | undefined,
  { vault, newVault = vault, signal }: RebindOptions,
): RewrapEnvelopeOptions {
  return {
    expectedContext: contextOf(vault, source.address.key),
    newContext: contextOf(newVault, to.key),
    ...(noted === undefined ? {} : { noted }),
    signal,
  };
}
