import { constants, fstatSync } from 'node:fs';
import { closeFile, openFile, readFromFile } from '../../operations/file-calls.ts';
import { changed, noFileAt, toFileError, hasCode } from './file-errors.ts';
import { stateFrom, type FileState } from './file-state.ts';
import { assertNotAborted } from './not-aborted.ts';
import { readFile } from './read-file.ts';

/** A file in a certain state, and what was in it then. */
export interface FileContent {
  readonly state: FileState;
  /** To be read once. No file is held open while nobody reads. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The longest file that is read at once, before anybody asks. */
const smallFileBytes = 256 * 1024;

/** A pipe must not hold up whoever opens it; files do not know the flag. */
const openFlags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * The state of a file and its content. With many small files the calls of the file system cost more than their
 * encryption: such a file is opened and read in one go.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, FILE_ACCESS_DENIED, FILE_FAILED for what is no file,
 *   FILE_CHANGED, ABORTED; the last two also while the content is read.
 */
export async function fileContent(path: string, signal?: AbortSignal): Promise<FileContent> {
  assertNotAborted(signal);
  try {
    const file = await openFile(path, openFlags);
    try {
      const state = stateOf(file, path);
      if (state.lengthBytes > smallFileBytes) return { state, content: readFile(path, state, signal) };
      return { state, content: inOneChunk(await readSmall(file, path, state), signal) };
    } finally {
      await closeFile(file);
    }
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? noFileAt(path) : toFileError(error, path);
  }
}

async function readSmall(file: number, path: string, state: FileState): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(state.lengthBytes);
  for (let offset = 0; offset < bytes.length;) {
    const bytesRead = await readFromFile(file, bytes.subarray(offset), offset);
    if (bytesRead === 0) throw changed(path);
    offset += bytesRead;
  }
  if (stateOf(file, path).revision !== state.revision) throw changed(path);
  return bytes;
}

function stateOf(file: number, path: string): FileState {
  return stateFrom(fstatSync(file, { bigint: true }), path);
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is there already, as content comes
async function* inOneChunk(bytes: Buffer, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  assertNotAborted(signal);
  if (bytes.length > 0) yield bytes;
}
