import { isNotFound } from './head-if-there.ts';
import type { ObjectAddress, ObjectStore } from './object-store.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { assertShareSuffix } from './share-suffix.ts';
import { standingShare } from './standing-share.ts';

/** What unsharing needs. */
export interface UnshareOptions {
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'tags' | 'list' | 'hide'>;
  /** The suffix that the object was shared under. */
  readonly suffix: string;
  /** @defaultValue false */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes away the instruction file that an object was shared by: hides it behind a delete marker in a bucket with
 * versions, and destroys it in another. The object need not be there any more. **Whoever opened the share once may
 * have kept the data key**, and whoever may read versions reads the hidden one: what takes the object back is to
 * seal it anew.
 *
 * @returns `not-shared` where nothing stands under the suffix
 * @throws {@link SealdropError} RESERVED_NAME, CONFIGURATION_INVALID for the suffix; NOT_AN_INSTRUCTION_FILE where
 *   something else stands there, OBJECT_KEY_TOO_LONG, OBJECT_CHANGED where it keeps changing; and what the store
 *   throws.
 */
export async function unshareObject(
  object: ObjectAddress,
  { store, suffix, dryRun = false, signal }: UnshareOptions,
): Promise<'unshared' | 'planned' | 'not-shared'> {
  assertShareSuffix(suffix);
  return retryWhileChanged(async () => {
    const share = await standingShare(object, { store, suffix, signal });
    if (share === undefined) return 'not-shared';
    if (dryRun) return 'planned';
    try {
      await store.hide(share.object, signal);
    } catch (error) {
      // Somebody else took it away meanwhile.
      if (isNotFound(error)) return 'not-shared';
      throw error;
    }
    return 'unshared';
  });
}
