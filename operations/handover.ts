import { SealdropError } from '../envelope/index.ts';
import { isNotFound } from './head-if-there.ts';
import { isCurrent } from './is-current.ts';
import { lastingVersion } from './lasting-version.ts';
import type { ObjectStore, StoredObject, Tags } from './object-store.ts';

/**
 * What becomes of a source object once it was sealed and verified: it is kept as it is, tagged, or deleted.
 * Deleting hides it behind a delete marker; its version stays until the bucket's lifecycle rule expires it.
 */
export type Handover = 'keep' | 'tag' | 'delete';

/** Every handover. */
export const handovers: readonly Handover[] = ['keep', 'tag', 'delete'];

/** The tag that a source carries once it was handed over by tagging. */
export const sealedTag = { name: 'sealdrop-status', value: 'sealed' } as const;

/** S3's limit for the tags of one object. */
const maxTags = 10;

/**
 * Checks, before anything is sealed, that the source can be handed over afterwards.
 *
 * @throws {@link SealdropError} SOURCE_NOT_VERSIONED where deleting would destroy it, TOO_MANY_TAGS where no
 *   tag fits any more.
 */
export function assertCanHandOver(source: StoredObject, tags: Tags, handover: Handover): void {
  if (handover === 'delete') assertVersioned(source);
  if (handover === 'tag' && !(sealedTag.name in tags) && Object.keys(tags).length >= maxTags) {
    throw new SealdropError('TOO_MANY_TAGS', 'the source has no room for another tag', {
      fields: { maxTags },
    });
  }
}

/**
 * Whether a source was handed over, which is done only to what was sealed and verified. Where sources are
 * kept there is nothing to see, and nothing to lose.
 */
export async function wasHandedOver(
  store: ObjectStore,
  source: StoredObject,
  handover: Handover,
  signal?: AbortSignal,
): Promise<boolean> {
  switch (handover) {
    case 'keep':
      return true;
    case 'tag':
      return isTagged(await store.tags(source.address, signal));
    case 'delete':
      return !(await isCurrent(store, source, signal));
  }
}

/**
 * Hands a source over. To do it twice is the same as once; a source that is gone needs nothing more.
 *
 * @throws {@link SealdropError} SOURCE_NOT_VERSIONED, and what the store throws.
 */
export async function handOver(
  store: ObjectStore,
  source: StoredObject,
  handover: Handover,
  signal?: AbortSignal,
): Promise<void> {
  try {
    switch (handover) {
      case 'keep':
        return;
      case 'tag':
        await tag(store, source, signal);
        return;
      case 'delete':
        await hide(store, source, signal);
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function tag(store: ObjectStore, { address }: StoredObject, signal?: AbortSignal): Promise<void> {
  // Read anew: others may have tagged it while it was sealed.
  const tags = await store.tags(address, signal);
  if (isTagged(tags)) return;
  await store.setTags(address, { ...tags, [sealedTag.name]: sealedTag.value }, signal);
}

/** A source that was overwritten meanwhile is noncurrent already, and a newer drop must not be hidden. */
async function hide(store: ObjectStore, source: StoredObject, signal?: AbortSignal): Promise<void> {
  assertVersioned(source);
  if (!(await isCurrent(store, source, signal))) return;
  try {
    await store.hide(source, signal);
  } catch (error) {
    if (!(error instanceof SealdropError && error.code === 'OBJECT_CHANGED')) throw error;
  }
}

function assertVersioned({ address: { versionId } }: StoredObject): void {
  if (lastingVersion(versionId) !== undefined) return;
  throw new SealdropError('SOURCE_NOT_VERSIONED', 'deleting the source would destroy it');
}

function isTagged(tags: Tags): boolean {
  return tags[sealedTag.name] === sealedTag.value;
}
