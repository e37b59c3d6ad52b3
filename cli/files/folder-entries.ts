import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SealdropError } from '../../envelope/index.ts';
import { quoted, toFileError } from './file-errors.ts';

/** Which entries of a folder count. */
export interface EntryOptions {
  /**
   * What the relative paths begin with; folders that cannot hold such a path do not count.
   * @defaultValue empty
   */
  readonly prefix?: string;
  /**
   * Whether symbolic links count, to files and to folders.
   * @defaultValue true
   */
  readonly followSymlinks?: boolean;
}

/** Something in a folder, before anybody looked closer. */
export interface Entry {
  /** Relative to the root, with `/` between the names. */
  readonly path: string;
  /** Also where a symbolic link leads to one. */
  readonly isFolder: boolean;
  readonly isLink: boolean;
  /** What keeps it from being listed, where its name already tells. */
  readonly error?: SealdropError;
}

interface OrderedEntry extends Entry {
  /** What S3 orders by: a folder's name is followed by a slash in every key below it. */
  readonly order: Buffer;
}

/**
 * What is in a folder, in the order in which S3 lists the keys of all that is below it.
 *
 * @param root - what the paths are relative to
 * @param folder - its path below `root`; empty for the root itself
 * @throws {@link SealdropError} FILE_NOT_FOUND, FILE_ACCESS_DENIED, FILE_FAILED.
 */
export async function folderEntries(
  root: string,
  folder: string,
  { prefix = '', followSymlinks = true }: EntryOptions,
): Promise<Entry[]> {
  const base = folder === '' ? '' : `${folder}/`;
  const entries: OrderedEntry[] = [];
  for (const found of await readFolder(join(root, folder))) {
    if (found.isSymbolicLink() && !followSymlinks) continue;
    const entry = await entryOf(root, base, found);
    if (isWanted(entry, prefix)) entries.push(entry);
  }
  return entries.sort((one, other) => Buffer.compare(one.order, other.order));
}

/** As bytes: as strings, names that are not UTF-8 would be other names. */
async function readFolder(folder: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    throw toFileError(error, folder);
  }
}

async function entryOf(root: string, base: string, found: Dirent<Buffer>): Promise<OrderedEntry> {
  const path = base + found.name.toString();
  const isLink = found.isSymbolicLink();
  if (!isUtf8(found.name)) {
    return { path, isFolder: false, isLink, order: found.name, error: notUtf8(join(root, path)) };
  }
  const isFolder = isLink ? await leadsToFolder(join(root, path)) : found.isDirectory();
  const order = isFolder ? Buffer.concat([found.name, Buffer.from('/')]) : found.name;
  return { path, isFolder, isLink, order };
}

/** What a link that leads nowhere is comes out when somebody looks closer. */
async function leadsToFolder(link: string): Promise<boolean> {
  return stat(link).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function isWanted({ path, isFolder }: Entry, prefix: string): boolean {
  return path.startsWith(prefix) || (isFolder && prefix.startsWith(`${path}/`));
}

function notUtf8(path: string): SealdropError {
  return new SealdropError('FILE_NAME_INVALID', `the name of ${quoted(path)} is not UTF-8`, {
    fields: { path },
    hint: 'rename it: the keys of objects are UTF-8',
  });
}
