import { sealedTag } from './handover.ts';
import type { ReadableStore, StoredObject, Tags } from './object-store.ts';

/** The tags that travel along with an object: not the handover's, and not those that only AWS sets. */
export function travellingTags(tags: Tags): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([name]) => name !== sealedTag.name && !name.startsWith('aws:')),
  );
}

/**
 * As {@link travellingTags}, of an object in a store, which is asked only where there may be some.
 *
 * @throws {@link SealdropError} what {@link ReadableStore.tags} throws.
 */
export async function travellingTagsOf(
  store: ReadableStore,
  { address, tagCount }: StoredObject,
  signal?: AbortSignal,
): Promise<Tags> {
  return tagCount === 0 ? {} : travellingTags(await store.tags(address, signal));
}
