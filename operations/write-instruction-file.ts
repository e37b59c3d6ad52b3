import { Readable } from 'node:stream';
import {
  encodeInstructionFile,
  INSTRUCTION_FILE_MARK,
  SealdropError,
  type Metadata,
  type WrappingRecord,
} from '../envelope/index.ts';
import { crc32Of } from './crc32.ts';
import { headIfThere } from './head-if-there.ts';
import { lastingVersion } from './lasting-version.ts';
import type {
  ObjectAddress,
  ObjectToWrite,
  StoredObject,
  WritableStore,
  WriteCondition,
} from './object-store.ts';
import {
  instructionVersionEntry,
  recordedInstructionVersion,
  replacedVersionEntry,
  withoutWrappingEntries,
  wrappingEntries,
} from './records.ts';
import { travellingTags } from './travelling-tags.ts';
import { assertHolds, conditionFrom } from './write-condition.ts';

/** What an instruction file says, and what wraps the data key in it. */
export interface InstructionFile {
  readonly entries: Metadata;
  /** Recorded with the file, where it is known. */
  readonly wrapping?: WrappingRecord | undefined;
  /**
   * The version that its object records, noted with a later file for the same data key: one that notes none is of
   * another write.
   */
  readonly recordedVersion?: string | undefined;
  /** The version, for another data key, that it was put over. */
  readonly replacedVersion?: string | undefined;
}

/** What the file is for, and when to stop. */
export interface WriteInstructionFileOptions {
  /** The object that is written after its file, and the condition of that write. */
  readonly object?: { readonly address: ObjectAddress; readonly condition: WriteCondition };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes an instruction file to a store, over one that stands only where its version stays.
 *
 * @returns the version that was written, where the store keeps versions
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED; OBJECT_CHANGED where another writer was faster, with the
 *   file or with its object; and what the store throws. Nothing is written then.
 */
export async function writeInstructionFile(
  store: WritableStore,
  address: ObjectAddress,
  instructionFile: InstructionFile,
  { object, signal }: WriteInstructionFileOptions = {},
): Promise<string | undefined> {
  const standing = await replaceableFile(store, address, signal);
  // In this order: whoever writes both from now on changes the file, and it is not replaced.
  if (object !== undefined) await assertHolds(store, object.address, object.condition, signal);
  return replaceInstructionFile(store, address, standing, instructionFile, signal);
}

/**
 * What stands in the place of an instruction file and may be replaced, or nothing.
 *
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED, and what the store throws.
 */
export async function replaceableFile(
  store: WritableStore,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<StoredObject | undefined> {
  const standing = await headIfThere(store, address, signal);
  if (standing !== undefined) assertKeepsVersions(standing);
  return standing;
}

/**
 * Writes an instruction file in the place of the one that was looked at, and notes which version that was: until
 * the object is written as well, only that one opens what stands beside it.
 *
 * @param standing - what stood there then; nothing where nothing did
 * @returns the version that was written, where the store keeps versions
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED, OBJECT_CHANGED where something else stands there now, and
 *   what the store throws.
 */
export async function replaceInstructionFile(
  store: WritableStore,
  { bucket, key }: ObjectAddress,
  standing: StoredObject | undefined,
  instructionFile: InstructionFile,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (standing !== undefined) assertKeepsVersions(standing);
  const condition = conditionFrom(standing);
  const settings = { headers: { contentType: 'application/json' }, tags: {}, metadata: {}, condition };
  const replacedVersion = standing?.address.versionId ?? instructionFile.replacedVersion;
  return putFile(store, { bucket, key }, { ...instructionFile, replacedVersion }, settings, signal);
}

/**
 * Writes an instruction file for the same data key in the place of the one that was looked at, and keeps all
 * else about it. It opens whatever that one opened, so that no version of it has to stay; it notes of which
 * write it is, by the first version for that data key.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED where something else stands there now, and what the store throws.
 */
export async function rewriteInstructionFile(
  store: WritableStore,
  standing: StoredObject,
  { entries, wrapping, recordedVersion: known }: InstructionFile,
  signal?: AbortSignal,
): Promise<void> {
  const { address, headers } = standing;
  // The count of its tags is told only to those who may read them: none may be one that was not told.
  const tags = travellingTags(await store.tags(address, signal));
  const metadata = withoutWrappingEntries(standing.metadata);
  const settings = { headers, tags, metadata, condition: conditionFrom(standing), settings: standing };
  const noted = recordedInstructionVersion(standing.metadata) ?? lastingVersion(standing.address.versionId);
  await putFile(store, address, { entries, wrapping, recordedVersion: known ?? noted }, settings, signal);
}

/**
 * Writes a further instruction file of an object that stands, under another suffix. Its object has its own file
 * still, so that no version of this one has to stay.
 *
 * @param records - further entries of ours for its metadata
 * @throws {@link SealdropError} OBJECT_CHANGED where the condition does not hold, and what the store throws.
 */
export async function writeFurtherInstructionFile(
  store: WritableStore,
  address: ObjectAddress,
  condition: WriteCondition,
  instructionFile: InstructionFile,
  records: Metadata,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const settings = { headers: { contentType: 'application/json' }, tags: {}, metadata: records, condition };
  return putFile(store, address, instructionFile, settings, signal);
}

async function putFile(
  store: WritableStore,
  { bucket, key }: ObjectAddress,
  { entries, wrapping, recordedVersion, replacedVersion }: InstructionFile,
  { metadata, ...settings }: Pick<ObjectToWrite, 'headers' | 'tags' | 'metadata' | 'condition' | 'settings'>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const bytes = encodeInstructionFile(entries);
  const checksum = crc32Of(Readable.from([bytes]));
  const written = await store.write(
    {
      ...{ bucket, key, ...settings },
      body: checksum.body,
      crc32: () => checksum.base64(),
      lengthBytes: bytes.length,
      metadata: {
        ...{ ...metadata, [INSTRUCTION_FILE_MARK]: '' },
        ...wrappingEntries(wrapping),
        ...instructionVersionEntry(recordedVersion),
        ...replacedVersionEntry(replacedVersion),
      },
    },
    signal,
  );
  return written.versionId;
}

/**
 * Without versions, a failure after the file was replaced would leave an object that nothing opens. That no
 * object stands beside it is no excuse: its writer may still be at it.
 */
function assertKeepsVersions(standing: StoredObject): void {
  if (lastingVersion(standing.address.versionId) !== undefined) return;
  const { bucket, key } = standing.address;
  throw new SealdropError(
    'BUCKET_NOT_VERSIONED',
    'an instruction file stands there already, and no version of it would stay',
    { fields: { bucket, key } },
  );
}
