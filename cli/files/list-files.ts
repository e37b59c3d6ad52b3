import { stat } from 'node:fs/promises';
import type { SealdropError } from '../../envelope/index.ts';
import type { ListedObject } from '../../operations/object-store.ts';
import { hasCode, toFileError } from './file-errors.ts';
import { fileState } from './file-state.ts';
import type { HeldTree, KeyPaths } from './key-paths.ts';
import { walk } from './walk.ts';

/** How a place of files is listed. */
export interface ListFilesOptions {
  /** Whether the place may not be there yet, and then lists nothing: a destination. */
  readonly mayBeMissing?: boolean;
  /** Whether symbolic links are followed, to files and to folders. */
  readonly followSymlinks?: boolean;
  /** Is told of each thing that cannot be listed, by its path below the folder, in its turn. */
  readonly onPassedOver?: (relativePath: string, error: SealdropError) => void;
}

/**
 * The files of a place as objects whose keys begin with a prefix, in the order of those keys as UTF-8.
 *
 * @throws {@link SealdropError} FILE_NOT_FOUND, FILE_ACCESS_DENIED or FILE_FAILED for the place itself; ABORTED.
 */
export async function* listFiles(
  paths: KeyPaths,
  prefix: string,
  options: ListFilesOptions,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  const { held } = paths;
  const place = 'onlyKey' in held ? paths.pathOf(held.onlyKey) : held.root;
  if (options.mayBeMissing === true && !(await isThere(place))) return;
  if ('root' in held) yield* listTree(held, prefix, options, signal);
  else if (held.onlyKey.startsWith(prefix)) yield await describe(held.onlyKey, place);
}

async function* listTree(
  { root, keyPrefix }: HeldTree,
  prefix: string,
  { followSymlinks = true, onPassedOver }: ListFilesOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject> {
  const rest = restOf(prefix, keyPrefix);
  if (rest === undefined) return;
  for await (const item of walk(root, { prefix: rest, followSymlinks, signal })) {
    if (item.kind === 'passed-over') onPassedOver?.(item.path, item.error);
    else yield { key: keyPrefix + item.path, lengthBytes: item.lengthBytes, lastModified: item.modified };
  }
}

/** What of a prefix lies beyond the one that all keys have; nothing where no key can begin with it. */
function restOf(prefix: string, keyPrefix: string): string | undefined {
  if (prefix.startsWith(keyPrefix)) return prefix.slice(keyPrefix.length);
  return keyPrefix.startsWith(prefix) ? '' : undefined;
}

async function describe(key: string, path: string): Promise<ListedObject> {
  const { lengthBytes, modified } = await fileState(path);
  return { key, lengthBytes, lastModified: modified };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw toFileError(error, path);
  }
}
