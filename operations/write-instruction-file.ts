import { Readable } from 'node:stream';
import {
  encodeInstructionFile,
  INSTRUCTION_FILE_MARK,
  SealdropError,
  type Metadata,
} from '../envelope/index.ts';
import { crc32Of } from './crc32.ts';
import { headIfThere } from './head-if-there.ts';
import type { ObjectAddress, StoredObject, WritableStore } from './object-store.ts';
import { conditionFrom } from './write-condition.ts';

/** What is known of the place, and when to stop. */
export interface WriteInstructionFileOptions {
  /**
   * Whether an object may stand there that a file which stands belongs to.
   * @defaultValue true
   */
  readonly isNamed?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes an instruction file to a store, over one that stands only where its version stays.
 *
 * @returns the version that was written, where the store keeps versions
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED, OBJECT_CHANGED, and what the store throws.
 */
export async function writeInstructionFile(
  store: WritableStore,
  address: ObjectAddress,
  instructionFile: Metadata,
  { isNamed = true, signal }: WriteInstructionFileOptions = {},
): Promise<string | undefined> {
  const standing = await headIfThere(store, address, signal);
  if (standing !== undefined && isNamed) assertKeepsVersions(standing);
  const bytes = encodeInstructionFile(instructionFile);
  const checksum = crc32Of(Readable.from([bytes]));
  const written = await store.write(
    {
      ...address,
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

/** Without versions, a failure after the file was replaced would leave an object that nothing opens. */
function assertKeepsVersions({ address: { versionId } }: StoredObject): void {
  if (versionId !== undefined && versionId !== 'null') return;
  throw new SealdropError('BUCKET_NOT_VERSIONED', 'an object with an instruction file stands there already');
}
