import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { SealdropError } from '../envelope/index.ts';
import { showPlace, type Place } from './place.ts';

/**
 * Checks that nothing of one place is in another: what is read would be replaced, or read again.
 *
 * @throws {@link SealdropError} OUTPUT_IS_INPUT
 */
export async function assertApart(from: Place, to: Place): Promise<void> {
  if (from.kind === 'stream' || to.kind !== from.kind) return;
  const [one, other] = await Promise.all([extentOf(from), extentOf(inTree(to, from))]);
  const isOverlap = from.isTree ? one.startsWith(other) || other.startsWith(one) : one === other;
  if (!isOverlap) return;
  throw new SealdropError('OUTPUT_IS_INPUT', `"${showPlace(to)}" is, or has a part in, "${showPlace(from)}"`);
}

type NamedPlace = Exclude<Place, { kind: 'stream' }>;

/** One object goes into a tree under its own name. */
function inTree(to: NamedPlace, from: NamedPlace): NamedPlace {
  if (from.isTree || !to.isTree) return to;
  if (to.kind === 's3') return { ...to, key: to.key + basename(showPlace(from)), isTree: false };
  return { ...to, path: join(to.path, basename(showPlace(from))), isTree: false };
}

/** A name that begins with another one's where the place is in the other place. */
async function extentOf(place: NamedPlace): Promise<string> {
  if (place.kind === 's3') return `s3://${place.bucket}/${place.key}`;
  const path = await realPathOf(place.path);
  return place.isTree && !path.endsWith(sep) ? path + sep : path;
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
