import { lstat, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import {
  fileCameToBe,
  folderInTheWay,
  hasCode,
  noFileAt,
  notARegularFile,
  somethingAt,
  toFileError,
} from './file-errors.ts';

/** One state of a regular file: another content, or another file in its place, is another state. */
export interface FileState {
  /** Its length, time of change and inode, fit for an ETag. */
  readonly revision: string;
  readonly lengthBytes: number;
  readonly modified: Date;
  /** Its time of change and that of its inode: what was given an earlier time has changed, too. */
  readonly times: string;
}

/**
 * The state of the regular file at a path, or at the end of the symbolic links there.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, FILE_ACCESS_DENIED, and FILE_FAILED for what is no file.
 */
export async function fileState(path: string): Promise<FileState> {
  const state = await fileStateIfThere(path);
  if (state !== undefined) return state;
  throw noFileAt(path);
}

/**
 * As {@link fileState}, or nothing where nothing is there.
 *
 * @throws {@link SealdropError} FILE_ACCESS_DENIED, and FILE_FAILED for what is no file.
 */
export async function fileStateIfThere(path: string): Promise<FileState | undefined> {
  try {
    return stateFrom(await stat(path, { bigint: true }), path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw toFileError(error, path);
  }
}

/** The ETag of what is in one or more files, in this order; a file that is not there is a state, too. */
export function etagOf(...files: ({ readonly revision: string } | undefined)[]): string {
  return `"${files.map((file) => file?.revision ?? 'none').join('+')}"`;
}

/**
 * What the system tells of a file, as its state.
 *
 * @throws {@link SealdropError} FILE_FAILED for what is no regular file.
 */
export function stateFrom(stats: BigIntStats, path: string): FileState {
  if (stats.isDirectory()) throw folderInTheWay(path);
  if (!stats.isFile()) throw notARegularFile(path);
  return {
    revision: [stats.size, stats.mtimeNs, stats.ino].map((part) => part.toString(16)).join('-'),
    lengthBytes: Number(stats.size),
    modified: new Date(Number(stats.mtimeMs)),
    times: [stats.mtimeNs, stats.ctimeNs].map((part) => part.toString(36)).join('-'),
  };
}

/** Whether a regular file, or a link to one, is at the path. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/**
 * Checks the condition that there is no object at a path.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED where a regular file is, or a link to one: what can be looked at.
 *   For all else as {@link assertNothingAt}.
 */
export async function assertNoObjectAt(path: string): Promise<void> {
  if (await isFile(path)) throw fileCameToBe(path);
  await assertNothingAt(path);
}

/**
 * @param hint - what to do about a file that is there, where that is not what it always is
 * @throws {@link SealdropError} OUTPUT_EXISTS where a file or a link is at the path, FILE_FAILED where a folder
 *   is, FILE_ACCESS_DENIED, FILE_NAME_INVALID.
 */
export async function assertNothingAt(path: string, hint?: string): Promise<void> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) throw folderInTheWay(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw toFileError(error, path);
  }
  throw somethingAt(path, hint);
}
