import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SealdropError } from '../../envelope/index.ts';
import { hasCode, quoted, toFileError } from './file-errors.ts';
import { stateFrom } from './file-state.ts';
import { folderEntries, type Entry, type EntryOptions } from './folder-entries.ts';
import { assertNotAborted } from './not-aborted.ts';

/** What to walk past without a word, and when to stop. */
export interface WalkOptions extends EntryOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A regular file below a folder, or something that is none and could not be walked into. `path` is relative to
 * the folder, with `/` between the names.
 */
export type WalkedItem =
  | { readonly kind: 'file'; readonly path: string; readonly lengthBytes: number; readonly modified: Date }
  | { readonly kind: 'passed-over'; readonly path: string; readonly error: SealdropError };

/** A folder that is walked through. */
interface OpenFolder {
  readonly identity: string;
  /** What is still to come, the next at the end. */
  readonly rest: Entry[];
}

/**
 * All regular files below a folder, in the order in which S3 lists their keys: by the bytes of their paths in
 * UTF-8. In memory are the names of one folder at each level. What can be neither listed nor walked into is
 * told of in its place and does not stop the walk: a link that leads nowhere, a folder that holds itself by
 * way of links, a folder that may not be read, a pipe, a socket, a device, and a name that is not UTF-8.
 *
 * @throws {@link SealdropError} FILE_NOT_FOUND, FILE_ACCESS_DENIED or FILE_FAILED for the folder itself; ABORTED.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkedItem> {
  assertNotAborted(options.signal);
  const folders = [await openRoot(root, options)];
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    assertNotAborted(options.signal);
    const entry = folder.rest.pop();
    if (entry === undefined) folders.pop();
    else if (!entry.isFolder) yield lookAt(root, entry);
    else {
      const entered = await enter(root, entry, folders, options);
      if ('kind' in entered) yield entered;
      else folders.push(entered);
    }
  }
}

async function openRoot(root: string, options: EntryOptions): Promise<OpenFolder> {
  const stats = await statOf(root);
  if (stats.isDirectory()) return openFolder(root, '', stats, options);
  throw new SealdropError('FILE_FAILED', `${quoted(root)} is not a folder`, {
    fields: { path: root },
    hint: 'name a folder, or leave out the slash at the end to name a file',
  });
}

async function openFolder(
  root: string,
  path: string,
  stats: BigIntStats,
  options: EntryOptions,
): Promise<OpenFolder> {
  const entries = await folderEntries(root, path, options);
  return { identity: identityOf(stats), rest: entries.reverse() };
}

/** The system has the answer at hand, having listed the folder: a detour over another thread would cost far more. */
function lookAt(root: string, entry: Entry): WalkedItem {
  const { path, isLink, error } = entry;
  if (error !== undefined) return { kind: 'passed-over', path, error };
  const file = join(root, path);
  try {
    const { lengthBytes, modified } = stateFrom(statSync(file, { bigint: true }), file);
    return { kind: 'file', path, lengthBytes, modified };
  } catch (failure) {
    const isDangling = isLink && hasCode(failure, 'ENOENT');
    return passedOver(root, path, isDangling ? leadsNowhere(file, failure) : failure);
  }
}

async function enter(
  root: string,
  { path }: Entry,
  ancestors: readonly OpenFolder[],
  options: EntryOptions,
): Promise<OpenFolder | WalkedItem> {
  try {
    const stats = await statOf(join(root, path));
    const holdsItself = ancestors.some(({ identity }) => identity === identityOf(stats));
    if (holdsItself) throw inItself(join(root, path));
    return await openFolder(root, path, stats, options);
  } catch (failure) {
    return passedOver(root, path, failure);
  }
}

function passedOver(root: string, path: string, failure: unknown): WalkedItem {
  return { kind: 'passed-over', path, error: toFileError(failure, join(root, path)) };
}

async function statOf(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw toFileError(error, path);
  }
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function leadsNowhere(path: string, cause: unknown): SealdropError {
  return new SealdropError('FILE_NOT_FOUND', `the symbolic link ${quoted(path)} leads nowhere`, {
    cause,
    fields: { path },
    hint: 'mend or remove the link',
  });
}

function inItself(path: string): SealdropError {
  return new SealdropError(
    'FILE_FAILED',
    `the folder ${quoted(path)} holds itself, by way of symbolic links`,
    {
      fields: { path },
      hint: 'remove the link',
    },
  );
}
