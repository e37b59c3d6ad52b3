import { classify, mayHaveInstructionFile, mergeInstructionFile, SealdropError } from '../envelope/index.ts';
import { isOfWrite } from './find-instruction-file.ts';
import { hasCode } from './has-code.ts';
import { headIfThere, isNotFound } from './head-if-there.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { isInstructionFile, tellsOfInstructionFile } from './is-instruction-file.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';
import { standingInstructionFileOf, type StandingInstructionFile } from './read-instruction-file.ts';
import { recordedInstructionVersion } from './records.ts';
import { isOwnSuffix, isShareSuffix } from './share-suffix.ts';

/** Which share of an object is meant. */
export interface ShareChoice {
  readonly store: ReadableStore;
  readonly suffix: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The share of an object that stands under a suffix: an instruction file by its mark and by its content.
 *
 * @returns nothing where nothing stands there
 * @throws {@link SealdropError} NOT_AN_INSTRUCTION_FILE where something else does, OBJECT_KEY_TOO_LONG, and what
 *   the store throws.
 */
export async function standingShare(
  object: ObjectAddress,
  { store, suffix, signal }: ShareChoice,
): Promise<StandingInstructionFile | undefined> {
  const address = instructionFileAddress({ bucket: object.bucket, key: object.key }, { suffix });
  const standing = await headIfThere(store, address, signal);
  if (standing === undefined) return undefined;
  if (!isMarked(standing)) throw notAFile(standing.address);
  try {
    const file = await standingInstructionFileOf(store, object, { suffix, signal });
    // Something else may stand there by now.
    if (isMarked(file.object) && holdsDataKey(file)) return file;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (!hasCode(error, 'ENVELOPE_MALFORMED')) throw error;
  }
  throw notAFile(standing.address);
}

/**
 * Whether a file of another suffix than the object's own records that it was made for an earlier write of the
 * object: its data key does not open what stands there now.
 */
export function isStaleShare(
  object: StoredObject,
  { recordedVersion }: Pick<StandingInstructionFile, 'recordedVersion'>,
  suffix: string | undefined,
): boolean {
  if (isOwnSuffix(suffix)) return false;
  const recorded = recordedInstructionVersion(object.metadata);
  return recorded !== undefined && recordedVersion !== undefined && recordedVersion !== recorded;
}

/** Whether a file records the write of the object that stands. */
export function isOfSameWrite(object: StoredObject, file: StandingInstructionFile): boolean {
  const recorded = recordedInstructionVersion(object.metadata);
  return recorded !== undefined && isOfWrite(file, recorded);
}

/**
 * Whether an error says that what was to be worked on is a share, and it is one: an instruction file by its content,
 * beside a sealed object. A mark alone, which anybody may give an object, is not enough to pass it over.
 */
export async function isShareError(
  error: unknown,
  { bucket, key }: ObjectAddress,
  { store, signal }: Omit<ShareChoice, 'suffix'>,
): Promise<boolean> {
  if (!tellsOfInstructionFile(error)) return false;
  const dot = key.lastIndexOf('.');
  const [owner, suffix] = [{ bucket, key: key.slice(0, dot) }, key.slice(dot)];
  if (dot < 1 || !isShareSuffix(suffix)) return false;
  const object = await headIfThere(store, owner, signal);
  if (object === undefined || isMarked(object) || !mayHaveInstructionFile(object.metadata)) return false;
  try {
    return (await standingShare(owner, { store, suffix, signal })) !== undefined;
  } catch (failure) {
    if (hasCode(failure, 'NOT_AN_INSTRUCTION_FILE')) return false;
    throw failure;
  }
}

function isMarked({ metadata }: StoredObject): boolean {
  try {
    return isInstructionFile(metadata);
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED')) return false;
    throw error;
  }
}

/** Whether it holds a data key and nothing beside it, or a whole envelope of an older format. */
function holdsDataKey({ entries }: StandingInstructionFile): boolean {
  const kind = classify(entries);
  // It fits to the half that an object keeps.
  if (kind === 'v3') mergeInstructionFile(keptByObject, entries);
  return kind !== 'none' && kind !== 'v3-with-instruction-file';
}

const keptByObject = { 'x-amz-c': '', 'x-amz-d': '', 'x-amz-i': '' };

function notAFile({ bucket, key }: ObjectAddress): SealdropError {
  return new SealdropError('NOT_AN_INSTRUCTION_FILE', `"${key}" is not an instruction file`, {
    fields: { bucket, key },
  });
}
