import type { Metadata } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';

/** An instruction file, and what our records with it tell of the files before it. */
export interface ChainedInstructionFile {
  readonly entries: Metadata;
  /** Its own version, where the store keeps versions. */
  readonly versionId?: string | undefined;
  /** The first version of the file for the same data key, noted with each later one. */
  readonly recordedVersion?: string | undefined;
  /** The version, for another data key, that was current before that first one. */
  readonly replacedVersion?: string | undefined;
}

/** Each step is a request; anybody who may write metadata could make the way longer. */
const maxSteps = 32;

/** Whether a file holds the data key that was written with one version of it. */
export function isOfWrite(
  { versionId, recordedVersion }: Omit<ChainedInstructionFile, 'entries'>,
  recorded: string,
): boolean {
  return versionId === recorded || recordedVersion === recorded;
}

/**
 * Finds an object's own instruction file among those that stand: the current one, or the one that it replaced,
 * and so on. A writer that stopped before its object leaves a file of another data key over the object's own,
 * which is of a later version than the object records where it was rewrapped since.
 *
 * @param recorded - the version that the object records; without it, the file before the current one is taken
 * @param read - reads the current file, or one version of it
 * @returns nothing where it is not there, or where no record leads to it
 * @throws what `read` throws, but for a file that is not there
 */
export async function findInstructionFile<File extends ChainedInstructionFile>(
  recorded: string | undefined,
  read: (versionId?: string) => Promise<File>,
): Promise<File | undefined> {
  let versionId: string | undefined;
  for (let step = 0; step < maxSteps; step += 1) {
    const file = await ifThere(read(versionId));
    if (file === undefined) return undefined;
    if (recorded === undefined ? step > 0 : isOfWrite(file, recorded)) return file;
    if (file.replacedVersion === undefined) return undefined;
    versionId = file.replacedVersion;
  }
  return undefined;
}

async function ifThere<File>(reading: Promise<File>): Promise<File | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, 'OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG')) return undefined;
    throw error;
  }
}
