import { SealdropError } from '../envelope/index.ts';
import { headIfThere } from './head-if-there.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';

/**
 * Whether an object that a store told of is still the one that stands in its place.
 *
 * @throws {@link SealdropError} what {@link ReadableStore.head} throws, but for OBJECT_NOT_FOUND.
 */
export async function isCurrent(
  store: ReadableStore,
  { address: { bucket, key, versionId }, etag }: StoredObject,
  signal?: AbortSignal,
): Promise<boolean> {
  const current = await headIfThere(store, { bucket, key }, signal);
  return current?.etag === etag && current.address.versionId === versionId;
}

/**
 * Checks it before something is done for an object that must be of no other.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED, and as {@link isCurrent}.
 */
export async function assertCurrent(
  store: ReadableStore,
  object: StoredObject,
  signal?: AbortSignal,
): Promise<void> {
  if (await isCurrent(store, object, signal)) return;
  throw new SealdropError('OBJECT_CHANGED', 'the object was replaced meanwhile', {
    fields: { ...object.address },
  });
}
