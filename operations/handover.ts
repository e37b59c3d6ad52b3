import { SealdropError } from '../envelope/index.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

/**
 * What becomes of a source object once it was sealed and verified: it is kept as it is, tagged, or deleted.
 * Deleting hides it behind a delete marker; its version stays until the bucket's lifecycle rule expires it.
 */
export type Handover = 'keep' | 'tag' | 'delete';

/** Every handover. */
export const handovers: readonly Handover[] = ['keep', 'tag', 'delete'];

/** The tag that a sealed source carries. */
export const sealedTag = { name: 'sealdrop-status', value: 'sealed' } as const;

/** Hands a source over. To do it twice is the same as once. */
export async function handOver(
  store: ObjectStore,
  source: StoredObject,
  handover: Handover,
  signal?: AbortSignal,
): Promise<void> {
  switch (handover) {
    case 'keep':
      return;
    case 'tag':
      return tag(store, source, signal);
    case 'delete':
      return removeIfCurrent(store, source, signal);
  }
}

async function tag(store: ObjectStore, { address }: StoredObject, signal?: AbortSignal): Promise<void> {
  const tags = await store.tags(address, signal);
  if (tags[sealedTag.name] === sealedTag.value) return;
  await store.setTags(address, { ...tags, [sealedTag.name]: sealedTag.value }, signal);
}

/**
 * A source that was overwritten meanwhile is noncurrent already, and needs no marker. Should a drop arrive
 * between the look and the marker, the marker hides it but loses nothing: its event names its version.
 */
async function removeIfCurrent(
  store: ObjectStore,
  source: StoredObject,
  signal?: AbortSignal,
): Promise<void> {
  const { bucket, key, versionId } = source.address;
  try {
    const current = await store.head({ bucket, key }, signal);
    const isCurrent =
      versionId === undefined ? current.etag === source.etag : current.address.versionId === versionId;
    if (isCurrent) await store.remove(bucket, key, signal);
  } catch (error) {
    if (!(error instanceof SealdropError && error.code === 'OBJECT_NOT_FOUND')) throw error;
  }
}
