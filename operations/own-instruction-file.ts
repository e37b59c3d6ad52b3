import { classify, mayHaveInstructionFile, SealdropError } from '../envelope/index.ts';
import { findInstructionFile, isOfWrite } from './find-instruction-file.ts';
import { hasCode } from './has-code.ts';
import { headIfThere } from './head-if-there.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertCurrent } from './is-current.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';
import { standingInstructionFileOf, type StandingInstructionFile } from './read-instruction-file.ts';
import { recordedInstructionVersion } from './records.ts';
import { isStaleShare } from './standing-share.ts';

/** Where an object's file is looked for. */
export interface OwnFileOptions {
  readonly store: ReadableStore;
  /** @defaultValue `.instruction` */
  readonly instructionFileSuffix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The current instruction file of an object, known to be its own without its data key being seen.
 *
 * @returns nothing where the object has none, and its metadata says nothing of one
 * @throws {@link SealdropError} INSTRUCTION_FILE_MISSING; OBJECT_CHANGED where the object is gone, too, or another;
 *   INSTRUCTION_FILE_STALE where the file may be of another write; what reading it throws.
 */
export async function ownInstructionFile(
  object: StoredObject,
  options: OwnFileOptions,
): Promise<StandingInstructionFile | undefined> {
  const file = await instructionFileIfThere(object, options);
  if (file !== undefined) await assertItsOwnFile(object, file, options);
  return file;
}

/**
 * The same of an object that takes more wrappings beside that one.
 *
 * @throws {@link SealdropError} ENVELOPE_IN_METADATA, NOT_SEALED, and as {@link ownInstructionFile}.
 */
export async function requireOwnInstructionFile(
  object: StoredObject,
  options: OwnFileOptions,
): Promise<StandingInstructionFile> {
  if (!mayHaveInstructionFile(object.metadata)) {
    throw new SealdropError(
      'ENVELOPE_IN_METADATA',
      'the object has its envelope in its own metadata, where it takes one wrapping alone',
      { fields: { ...object.address } },
    );
  }
  const file = await ownInstructionFile(object, options);
  if (file === undefined) throw new SealdropError('NOT_SEALED', 'the object is not sealed');
  return file;
}

/**
 * A writer that stopped between the file and its object leaves a file of another data key. Nobody can tell by
 * the data keys here, but by what the files record of each other. Where the version that the object records is
 * gone and no other file is known to be its own, only the current one may open it.
 *
 * @throws {@link SealdropError} INSTRUCTION_FILE_STALE, and what the store throws.
 */
async function assertItsOwnFile(
  object: StoredObject,
  file: StandingInstructionFile,
  { store, instructionFileSuffix: suffix, signal }: OwnFileOptions,
): Promise<void> {
  const { address, metadata } = object;
  const versionId = recordedInstructionVersion(metadata);
  if (versionId === undefined) return;
  if (isOfWrite(file, versionId)) return;
  const recorded = instructionFileAddress(address, { suffix, versionId });
  const read = (earlier?: string): Promise<StandingInstructionFile> =>
    standingInstructionFileOf(store, address, { suffix, versionId: earlier, signal });
  const isElsewhere =
    isStaleShare(object, file, suffix) ||
    (await headIfThere(store, recorded, signal)) !== undefined ||
    (await findInstructionFile(versionId, read)) !== undefined;
  if (!isElsewhere) return;
  throw new SealdropError('INSTRUCTION_FILE_STALE', 'the current instruction file is of another write', {
    fields: { ...address },
  });
}

/** An object without any metadata of the format has one only if it is of an older format, which we record. */
async function instructionFileIfThere(
  object: StoredObject,
  { store, instructionFileSuffix: suffix, signal }: OwnFileOptions,
): Promise<StandingInstructionFile | undefined> {
  try {
    return await standingInstructionFileOf(store, object.address, { suffix, signal });
  } catch (error) {
    if (!hasCode(error, 'OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG')) throw error;
    const { metadata } = object;
    if (classify(metadata) === 'none' && recordedInstructionVersion(metadata) === undefined) return undefined;
    // Whoever deletes an object deletes its file, too, and may have written both anew.
    await assertCurrent(store, object, signal);
    throw new SealdropError('INSTRUCTION_FILE_MISSING', 'the data key is in an instruction file', {
      cause: error,
    });
  }
}
