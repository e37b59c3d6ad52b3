import { open, type FileHandle } from 'node:fs/promises';
import { changed, hasCode, toFileError } from './file-errors.ts';
import { stateFrom, type FileState } from './file-state.ts';
import { assertNotAborted } from './not-aborted.ts';

/** The longest chunk that is read at once. */
const chunkBytes = 1024 * 1024;

/**
 * Reads a file from its first byte to its last. It is open only while somebody reads, and every chunk is the
 * reader's own.
 *
 * @param expected - the state that it must be in from the first byte to the last
 * @throws {@link SealdropError} FILE_CHANGED, before the last chunk is given out, where it is in another;
 *   FILE_ACCESS_DENIED, FILE_FAILED, ABORTED.
 */
export async function* readFile(
  path: string,
  expected: FileState,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = await openFile(path);
  try {
    await assertUnchanged(file, path, expected);
    for (let offset = 0; offset < expected.lengthBytes;) {
      assertNotAborted(signal);
      const chunk = await readChunk(file, path, expected.lengthBytes - offset);
      offset += chunk.length;
      if (offset === expected.lengthBytes) await assertUnchanged(file, path, expected);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? changed(path) : toFileError(error, path);
  }
}

async function assertUnchanged(file: FileHandle, path: string, expected: FileState): Promise<void> {
  const stats = await file.stat({ bigint: true }).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  if (stateFrom(stats, path).revision !== expected.revision) throw changed(path);
}

/** At least one byte; fewer than there should be left tells that the file was cut off. */
async function readChunk(file: FileHandle, path: string, restBytes: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(restBytes, chunkBytes));
  const { bytesRead } = await file.read(buffer, 0, buffer.length).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  if (bytesRead === 0) throw changed(path);
  return buffer.subarray(0, bytesRead);
}
