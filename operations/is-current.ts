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
