import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { SealdropError } from '../envelope/index.ts';
import { locatePlain, type Located } from './located.ts';
import { parsePlace } from './place.ts';
import { destinationOfOne, type Transfer } from './transfer.ts';

/**
 * Checks that nothing of one place is in another: what is read would be replaced, or read again. Of one object,
 * all that belongs to it counts: its metadata's file, its instruction file.
 *
 * @throws {@link SealdropError} OUTPUT_IS_INPUT
 */
export async function assertApart(transfer: Transfer): Promise<void> {
  const isOverlap = transfer.source.isTree ? await areNested(transfer) : await shareName(transfer);
  if (!isOverlap) return;
  const [from, to] = [transfer.source, transfer.destination].map(({ show, key }) => show(key));
  throw new SealdropError('OUTPUT_IS_INPUT', `"${to}" is, or has a part in, "${from}"`);
}

/**
 * Checks that one object does not replace a file of its reader: a key, a passphrase, a cache.
 *
 * @param paths - as the user named them, where he did
 * @throws {@link SealdropError} OUTPUT_IS_INPUT
 */
export async function assertFilesStay(
  paths: readonly (string | undefined)[],
  destination: Located,
): Promise<void> {
  if (destination.isTree) return;
  for (const path of paths) {
    if (path === undefined || parsePlace(path).kind !== 'file') continue;
    await assertApart({ source: locatePlain(parsePlace(path), {}), destination });
  }
}

async function areNested({ source, destination }: Transfer): Promise<boolean> {
  const [one, other] = await Promise.all([treeExtent(source), treeExtent(destination)]);
  return one.startsWith(other) || other.startsWith(one);
}

async function shareName({ source, destination }: Transfer): Promise<boolean> {
  const [read, written] = await Promise.all([
    extentsOf(source, source.key),
    extentsOf(destination, destinationOfOne({ source, destination })),
  ]);
  return read.some((each) => written.includes(each));
}

/** What every name below a tree begins with. */
async function treeExtent(tree: Located): Promise<string> {
  const extent = await extentOf(tree, tree.key);
  return tree.bucket !== '' || extent.endsWith(sep) ? extent : extent + sep;
}

/** Where an object is, and what belongs to it. */
function extentsOf(place: Located, key: string): Promise<string[]> {
  return Promise.all(place.names(key).map((each) => extentOf(place, each)));
}

function extentOf({ bucket, show }: Located, key: string): Promise<string> {
  return bucket === '' ? realPathOf(show(key)) : Promise.resolve(show(key));
}

/** The path without symbolic links, as far as it is there. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}
