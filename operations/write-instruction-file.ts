import { Readable } from 'node:stream';
import {
  encodeInstructionFile,
  INSTRUCTION_FILE_MARK,
  SealdropError,
  type Metadata,
} from '../envelope/index.ts';
import { crc32Of } from './crc32.ts';
import { headIfThere } from './head-if-there.ts';
import type { ObjectAddress, StoredObject, WritableStore, WriteCondition } from './object-store.ts';
import { assertHolds, conditionFrom } from './write-condition.ts';

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
  instructionFile: Metadata,
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
 * Writes an instruction file in the place of the one that was looked at.
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
  instructionFile: Metadata,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (standing !== undefined) assertKeepsVersions(standing);
  const bytes = encodeInstructionFile(instructionFile);
  const checksum = crc32Of(Readable.from([bytes]));
  const written = await store.write(
    {
      bucket,
      key,
      body: checksum.body,
      crc32: () => checksum.base64(),
      lengthBytes: bytes.length,
      metadata: { [INSTRUCTION_FILE_MARK]: '' },
      headers: { contentType: 'application/json' },
      tags: {},
      condition: conditionFrom(standing),
    },
    signal,
  );
  return written.versionId;
}

/**
 * Without versions, a failure after the file was replaced would leave an object that nothing opens. That no
 * object stands beside it is no excuse: its writer may still be at it.
 */
function assertKeepsVersions({ address: { bucket, key, versionId } }: StoredObject): void {
  if (versionId !== undefined && versionId !== 'null') return;
  throw new SealdropError(
    'BUCKET_NOT_VERSIONED',
    'an instruction file stands there already, and no version of it would stay',
    { fields: { bucket, key } },
  );
}
