import {
  maxInstructionFileBytes,
  parseInstructionFile,
  SealdropError,
  type Metadata,
} from '../envelope/index.ts';
import type { ChainedInstructionFile } from './find-instruction-file.ts';
import { gather } from './gather.ts';
import { instructionFileAddress, type InstructionFileChoice } from './instruction-file-address.ts';
import type { ObjectAddress, ReadableStore, StoredContent, StoredObject } from './object-store.ts';
import { recordedInstructionVersion, recordedWrapping, replacedInstructionVersion } from './records.ts';
import type { InstructionFile } from './write-instruction-file.ts';

/**
 * Reads the instruction file of an object from the object's store.
 *
 * @param object - the object's address, of whatever version: its file has its own
 * @throws {@link SealdropError} OBJECT_KEY_TOO_LONG where none can exist, and as {@link readInstructionFile}.
 */
export async function readInstructionFileOf(
  store: ReadableStore,
  object: ObjectAddress,
  { signal, ...choice }: InstructionFileChoice & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Metadata> {
  return readInstructionFile(store, instructionFileAddress(object, choice), signal);
}

/** An instruction file as it stands in a store. */
export interface StandingInstructionFile extends InstructionFile, ChainedInstructionFile {
  readonly object: StoredObject;
}

/**
 * As {@link readInstructionFileOf}, with all that the store and our own records tell of the file.
 *
 * @throws {@link SealdropError} as {@link readInstructionFileOf}.
 */
export async function standingInstructionFileOf(
  store: ReadableStore,
  object: ObjectAddress,
  { signal, ...choice }: InstructionFileChoice & { readonly signal?: AbortSignal | undefined } = {},
): Promise<StandingInstructionFile> {
  const stored = await store.get(instructionFileAddress(object, choice), signal);
  const { metadata } = stored.object;
  return {
    object: stored.object,
    entries: await instructionFileIn(stored),
    versionId: stored.object.address.versionId,
    wrapping: recordedWrapping(metadata),
    recordedVersion: recordedInstructionVersion(metadata),
    replacedVersion: replacedInstructionVersion(metadata),
  };
}

/**
 * Reads an instruction file from a store.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, ENVELOPE_MALFORMED, and what the store throws.
 */
export async function readInstructionFile(
  store: ReadableStore,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<Metadata> {
  return instructionFileIn(await store.get(address, signal));
}

/**
 * What an instruction file holds.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED, and what reading the content throws.
 */
export async function instructionFileIn({ object, content }: StoredContent): Promise<Metadata> {
  if (object.lengthBytes > maxInstructionFileBytes) {
    throw new SealdropError('ENVELOPE_MALFORMED', 'the instruction file is too long to be one');
  }
  return parseInstructionFile(await gather(content));
}
