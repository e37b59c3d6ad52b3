import { hasCode } from './has-code.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';

/**
 * What a store tells of an object, or nothing where there is none.
 *
 * @throws {@link SealdropError} whatever else {@link ReadableStore.head} throws.
 */
export async function headIfThere(
  store: ReadableStore,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<StoredObject | undefined> {
  try {
    return await store.head(address, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that an object, or the version that was addressed, is not there. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'OBJECT_NOT_FOUND');
}
