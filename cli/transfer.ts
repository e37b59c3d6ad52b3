import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { ListedObject, ObjectAddress } from '../operations/object-store.ts';
import { pairListings } from '../operations/pair-listings.ts';
import { nameFilter, type Filter } from './filters.ts';
import type { Located } from './located.ts';
import { showPlace, type Place } from './place.ts';
import { UsageError } from './usage-error.ts';

/** From where to where. */
export interface Transfer {
  readonly source: Located;
  readonly destination: Located;
}

/** One object on its way. */
export interface Move {
  readonly from: ObjectAddress;
  readonly to: ObjectAddress;
  /** What the list tells of both, below a tree. */
  readonly listed?: { readonly source: ListedObject; readonly standing?: ListedObject };
}

/**
 * Checks that one place can be read into another.
 *
 * @throws {@link UsageError}
 */
export async function assertTransfer(from: Place, to: Place): Promise<void> {
  await Promise.all([assertNoFolder(from), assertNoFolder(to)]);
  const isTree = from.kind !== 'stream' && from.isTree;
  const isTreeTo = to.kind !== 'stream' && to.isTree;
  if (isTree && to.kind === 'stream') {
    throw new UsageError('a tree cannot go to standard output', 'name one object, or a folder to open to');
  }
  if (isTree && !isTreeTo) {
    throw new UsageError(
      `"${showPlace(from)}" is everything below it, and "${showPlace(to)}" is one object`,
      'end both with "/", or name one object',
    );
  }
  if (from.kind === 'stream' && isTreeTo) {
    throw new UsageError(
      'standard input is one object and has no name',
      'name the object to write, without a trailing "/"',
    );
  }
}

/** What is to go where: one object, or all that the filters let through, with what stands in its place. */
export async function* moves(
  { source, destination }: Transfer,
  filters: readonly Filter[],
  signal: AbortSignal,
): AsyncGenerator<Move> {
  if (!source.isTree) {
    const to = destinationOfOne({ source, destination });
    yield { from: addressIn(source, source.key), to: addressIn(destination, to) };
    return;
  }
  const sources = { objects: wanted(source, filters, signal), prefix: source.key };
  const standings = {
    objects: destination.store.list(destination.bucket, destination.key, signal),
    prefix: destination.key,
  };
  for await (const { name, ...listed } of pairListings(sources, standings)) {
    if (signal.aborted) return;
    yield {
      from: addressIn(source, listed.source.key),
      to: addressIn(destination, destination.key + name),
      listed,
    };
  }
}

/** The key that one object goes to: in a tree, under the name that its own key ends with. */
export function destinationOfOne({ source, destination }: Transfer): string {
  return destination.isTree ? destination.key + posix.basename(source.key) : destination.key;
}

/** The objects below a tree that the filters let through. Markers of folders are none. */
export async function* wanted(
  { store, bucket, key, isTree, holds }: Located,
  filters: readonly Filter[],
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  const isWanted = nameFilter(filters);
  for await (const object of store.list(bucket, key, signal)) {
    if (!isTree && object.key !== key) continue;
    const isMarker = object.key.endsWith('/') && object.lengthBytes === 0;
    if (!isMarker && holds(object.key) && isWanted(object.key.slice(key.length))) yield object;
  }
}

function addressIn({ bucket }: Located, key: string): ObjectAddress {
  return { bucket, key };
}

/** @throws {@link UsageError} for a folder that was typed as a file. */
export async function assertNoFolder(place: Place): Promise<void> {
  if (place.kind !== 'file' || place.isTree) return;
  const found = await stat(place.path).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  throw new UsageError(`"${place.path}" is a folder`, `write "${place.path}/" for everything below it`);
}
