import { INSTRUCTION_FILE_MARK, mayHaveInstructionFile, SealdropError } from '../envelope/index.ts';
import { headIfThere } from './head-if-there.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import type { ObjectAddress, ObjectStore, StoredObject } from './object-store.ts';
import { isReboundCopy, type BindingCheck } from './rebound-copy.ts';

/** What ends a move. */
export interface HideSourceOptions extends Omit<BindingCheck, 'store'> {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
}

/**
 * Hides a sealed object behind a delete marker, after its copy was looked at. Its version stays.
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
  if (file !== undefined && INSTRUCTION_FILE_MARK in file.metadata) await from.hide(file, signal);
}

/** Without an id of its own, a version may be replaced by the marker. */
function assertVersionStays({ address: { bucket, key, versionId } }: StoredObject): void {
  if (versionId !== undefined && versionId !== 'null') return;
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
