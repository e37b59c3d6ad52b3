import {
  mayHaveInstructionFile,
  mergeInstructionFile,
  rewrapEnvelope,
  SealdropError,
  splitEnvelope,
  withoutEnvelope,
  type Metadata,
  type RewrappingKeyring,
  type RewrapEnvelopeOptions,
  type WrappingRecord,
} from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import { isNotFound } from './head-if-there.ts';
import { isInstructionFile } from './is-instruction-file.ts';
import { assertMetadataFits } from './metadata-limits.ts';
import type { CopyingStore, ObjectAddress, StoredObject } from './object-store.ts';
import { ownInstructionFile } from './own-instruction-file.ts';
import type { StandingInstructionFile } from './read-instruction-file.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { recordedWrapping, recordsWrapping, withoutWrappingEntries, wrappingEntries } from './records.ts';
import { contextOf, type Vault } from './vault.ts';
import { conditionFrom } from './write-condition.ts';
import { rewriteInstructionFile } from './write-instruction-file.ts';

/** What rewrapping needs. */
export interface RewrapOptions {
  readonly store: CopyingStore;
  readonly keyring: Pick<RewrappingKeyring, 'rewrapDataKey'>;
  readonly vault: Vault;
  /** The wrapping that an object is moved to; an object that records it is left alone. */
  readonly current: WrappingRecord;
  /** @defaultValue `.instruction` */
  readonly instructionFileSuffix?: string | undefined;
  /**
   * Whether nothing is asked of the keyring and nothing written: what would be rewrapped is told as `planned`.
   * @defaultValue false
   */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How rewrapping one object ended. `current`: it records the wrapping already. `archived`: it cannot be copied,
 * or its instruction file not be read, before it was restored. `not-sealed`: there is no data key in it.
 */
export type RewrapStatus = 'rewrapped' | 'planned' | 'current' | 'archived' | 'not-sealed';

/** What came of rewrapping one object. */
export interface RewrapOutcome {
  readonly status: RewrapStatus;
  readonly lengthBytes: number;
  /** Where its wrapped data key is: what had to be written anew. */
  readonly place?: 'object' | 'instruction-file';
}

/**
 * Moves one object's data key to the newest material of the keyring's key, without reading the content. The
 * object is either in the old wrapping or in the new one, never in between, and a newer object that is
 * written meanwhile stays: it is looked at instead. Of an object with an instruction file, the file alone is
 * read and written, whatever the object's size.
 *
 * @throws {@link SealdropError} METADATA_HIDDEN, OBJECT_CHANGED where it keeps changing, INSTRUCTION_FILE_MISSING,
 *   INSTRUCTION_FILE_STALE where the file may be of another write, KEY_MISMATCH where the keyring wraps with another
 *   key than `current` names, and what {@link rewrapEnvelope} and the store
 *   throw. The object is then in its old wrapping.
 */
export function rewrapObject(address: ObjectAddress, options: RewrapOptions): Promise<RewrapOutcome> {
  // A copy of an earlier version would bury the current one.
  const { bucket, key } = address;
  return retryWhileChanged(async () => {
    const object = await options.store.head({ bucket, key }, options.signal);
    try {
      return await rewrapAsItStands(object, options);
    } catch (error) {
      if (hasCode(error, 'OBJECT_ARCHIVED')) return archived(object);
      // It, or its file, was there a moment ago: another look tells whether it is gone, or replaced.
      if (!isNotFound(error)) throw error;
      throw new SealdropError('OBJECT_CHANGED', 'what was to be rewrapped is gone', { cause: error });
    }
  });
}

/** Not every store tells beforehand, and none tells of the file without reading it. */
function archived({ lengthBytes, metadata }: StoredObject): RewrapOutcome {
  const place = mayHaveInstructionFile(metadata) ? 'instruction-file' : 'object';
  return { status: 'archived', lengthBytes, place };
}

async function rewrapAsItStands(object: StoredObject, options: RewrapOptions): Promise<RewrapOutcome> {
  const { lengthBytes, metadata } = object;
  if (isInstructionFile(metadata)) return { status: 'not-sealed', lengthBytes };
  if (!mayHaveInstructionFile(metadata)) {
    return { status: await rewrapOnObject(object, options), lengthBytes, place: 'object' };
  }
  const file = await ownInstructionFile(object, options);
  if (file === undefined) return { status: 'not-sealed', lengthBytes };
  return { status: await rewrapInFile(object, file, options), lengthBytes, place: 'instruction-file' };
}

async function rewrapOnObject(object: StoredObject, options: RewrapOptions): Promise<RewrapStatus> {
  const { store, keyring, current, signal } = options;
  if (recordsWrapping(object.metadata, current)) return 'current';
  if (object.isArchived === true) return 'archived';
  assertNothingHidden(object);
  if (options.dryRun === true) return 'planned';
  const noted = recordedWrapping(object.metadata);
  const rewrapped = await rewrapEnvelope(keyring, object.metadata, envelopeOptions(object, noted, options));
  assertWrapsWith(rewrapped.wrapping, current);
  const metadata = metadataAfter(object.metadata, rewrapped.metadata, rewrapped.wrapping);
  await store.copy(object, { address: object.address, metadata, condition: conditionFrom(object) }, signal);
  return 'rewrapped';
}

async function rewrapInFile(
  object: StoredObject,
  file: StandingInstructionFile,
  options: RewrapOptions,
): Promise<RewrapStatus> {
  const { store, keyring, current, signal } = options;
  if (recordsWrapping(file.object.metadata, current)) return 'current';
  if (file.object.isArchived === true) return 'archived';
  assertNothingHidden(file.object);
  if (options.dryRun === true) return 'planned';
  const whole = mergeInstructionFile(object.metadata, file.entries);
  const rewrapped = await rewrapEnvelope(keyring, whole, envelopeOptions(object, file.wrapping, options));
  const { instructionFile } = splitEnvelope(rewrapped.metadata);
  const entries = { ...withoutEnvelope(file.entries), ...instructionFile };
  const { wrapping } = rewrapped;
  assertWrapsWith(wrapping, current);
  await rewriteInstructionFile(store, file.object, { entries, wrapping }, signal);
  return 'rewrapped';
}

/**
 * What was wrapped with another key is not what the run is there for.
 *
 * @throws {@link SealdropError} KEY_MISMATCH
 */
export function assertWrapsWith({ keyArn }: WrappingRecord, current: WrappingRecord): void {
  if (keyArn === current.keyArn) return;
  throw new SealdropError('KEY_MISMATCH', 'the keyring wraps with another key than the one to move to', {
    hint: 'rewrap with a keyring over the very key that is to wrap the data keys',
    fields: { keyArn, expectedKeyArn: current.keyArn },
  });
}

/** @throws {@link SealdropError} METADATA_HIDDEN */
export function assertNothingHidden({ address, hiddenEntries = 0 }: StoredObject): void {
  if (hiddenEntries === 0) return;
  throw new SealdropError('METADATA_HIDDEN', 'the object has metadata that S3 cannot show', {
    fields: { ...address, hiddenEntries },
  });
}

/**
 * An object's metadata with another envelope in the place of its own.
 *
 * @throws {@link SealdropError} METADATA_TOO_LARGE
 */
export function metadataAfter(before: Metadata, envelope: Metadata, wrapping: WrappingRecord): Metadata {
  const metadata = {
    ...withoutWrappingEntries(withoutEnvelope(before)),
    ...envelope,
    ...wrappingEntries(wrapping),
  };
  assertMetadataFits(metadata);
  return metadata;
}

function envelopeOptions(
  { address }: StoredObject,
  noted: WrappingRecord | undefined,
  { vault, current, signal }: RewrapOptions,
): RewrapEnvelopeOptions {
  return {
    expectedContext: contextOf(vault, address.key),
    newKeyArn: current.keyArn,
    ...(noted === undefined ? {} : { noted }),
    signal,
  };
}
