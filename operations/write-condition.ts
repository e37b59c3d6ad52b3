import { SealdropError } from '../envelope/index.ts';
import { headIfThere } from './head-if-there.ts';
import type { ObjectAddress, ReadableStore, StoredObject, WriteCondition } from './object-store.ts';

/** The condition under which a write replaces what stands, and nothing else. */
export function conditionFrom(standing: StoredObject | undefined): WriteCondition {
  return standing === undefined ? { absent: true } : { etag: standing.etag };
}

/**
 * The condition of a write to a place, as the place is now.
 *
 * @param mayReplace - whether what stands there may be replaced
 * @throws {@link SealdropError} OUTPUT_EXISTS, and what the store throws.
 */
export async function conditionNow(
  store: ReadableStore,
  address: ObjectAddress,
  mayReplace: boolean,
  signal?: AbortSignal,
): Promise<WriteCondition> {
  const standing = await headIfThere(store, address, signal);
  if (standing !== undefined && !mayReplace) throw outputExists(address);
  return conditionFrom(standing);
}

/**
 * Checks that the condition of a write still holds.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED, and what the store throws.
 */
export async function assertHolds(
  store: ReadableStore,
  address: ObjectAddress,
  condition: WriteCondition,
  signal?: AbortSignal,
): Promise<void> {
  const standing = await headIfThere(store, address, signal);
  const holds = 'absent' in condition ? standing === undefined : standing?.etag === condition.etag;
  if (holds) return;
  const { bucket, key } = address;
  throw new SealdropError('OBJECT_CHANGED', 'another writer was faster', { fields: { bucket, key } });
}

/** The error for a place where something stands that may not be replaced. */
export function outputExists({ bucket, key }: ObjectAddress): SealdropError {
  return new SealdropError('OUTPUT_EXISTS', 'something stands there already', { fields: { bucket, key } });
}
