import { INSTRUCTION_FILE_MARK, mayHaveInstructionFile, SealdropError } from '../envelope/index.ts';
import { isOfWrite } from './find-instruction-file.ts';
import { headIfThere } from './head-if-there.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { lastingVersion } from './lasting-version.ts';
import type { ObjectAddress, ObjectStore, StoredObject } from './object-store.ts';
import { recordedInstructionVersion } from './records.ts';
import { isReboundCopy, type BindingCheck } from './rebound-copy.ts';

/** What ends a move. */
export interface HideSourceOptions extends Omit<BindingCheck, 'store'> {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
}

/**
 * Hides a sealed object behind a delete marker, after its copy was looked at. Its version stays, and so does that of its
 * instruction file, which is hidden where it is known to be its own.
 *
 * @param copy - the very version that was written
 * @throws {@link SealdropError} VERIFICATION_FAILED where the copy is not what it should be, BUCKET_NOT_VERSIONED
 *   where the source would be destroyed, OBJECT_CHANGED where somebody replaced it meanwhile, and what the
 *   stores throw. The source is still there then.
 */
export async function hideSource(
  source: StoredObject,
  copy: ObjectAddress,
  { from, to, expectedContext, signal }: HideSourceOptions,
): Promise<void> {
  assertVersionStays(source);
  const stored = await to.head(copy, signal);
  if (!(await isReboundCopy(stored, source, { store: to, expectedContext, signal }))) {
    throw new SealdropError('VERIFICATION_FAILED', 'the copy is not what was copied', {
      fields: { ...copy },
    });
  }
  await from.hide(source, signal);
  if (!mayHaveInstructionFile(source.metadata)) return;
  const file = await headIfThere(from, instructionFileAddress(source.address), signal);
  if (file !== undefined && isFileOf(file, source)) await from.hide(file, signal);
}

/**
 * Whether a file is the one that the source was written with, or that was rewrapped since, and stays as a version:
 * another writer's file is there before its object.
 */
function isFileOf(
  { address: { versionId }, metadata, lastModified }: StoredObject,
  source: StoredObject,
): boolean {
  if (!(INSTRUCTION_FILE_MARK in metadata) || lastingVersion(versionId) === undefined) return false;
  const recorded = recordedInstructionVersion(source.metadata);
  if (recorded !== undefined) {
    return isOfWrite({ versionId, recordedVersion: recordedInstructionVersion(metadata) }, recorded);
  }
  // Other clients record nothing, and write the file first.
  return (
    lastModified !== undefined &&
    source.lastModified !== undefined &&
    lastModified.getTime() <= source.lastModified.getTime()
  );
}

/** Without an id of its own, a version may be replaced by the marker. */
function assertVersionStays({ address: { bucket, key, versionId } }: StoredObject): void {
  if (lastingVersion(versionId) !== undefined) return;
  throw sourceWouldGo(`s3://${bucket}/${key}`);
}

/** The error for a source that would be destroyed by being hidden. */
export function sourceWouldGo(place: string): SealdropError {
  return new SealdropError(
    'BUCKET_NOT_VERSIONED',
    `to move ${place} would destroy it: no version of it would stay`,
    {
      hint: 'turn on versioning for its bucket, or leave out --move and delete it yourself',
    },
  );
}
