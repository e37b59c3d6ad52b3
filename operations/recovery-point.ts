import { SealdropError } from '../envelope/index.ts';
import { compareNames } from './pair-listings.ts';

/** A version of an object, or a delete marker, as a store with versions lists it. */
export interface ListedChange {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly changedAt: Date;
}

/** How far a replica is behind its source. */
export interface RecoveryPoint {
  /** The age of the oldest change that the replica does not have; 0 where it has all. */
  readonly seconds: number;
  /** How many objects of the source are not at the replica as they are at the source. */
  readonly behindObjects: number;
}

/** All changes of one object, the newest first. */
interface History {
  readonly key: string;
  readonly changes: readonly ListedChange[];
}

/**
 * Compares a source with its replica: what would be lost if the source were gone now. A replica has the version ids
 * of its source, and what is older than a version that both have does not count: it may have expired on one side.
 * In memory are the changes of one object.
 *
 * Source: Amazon S3 User Guide, "What does Amazon S3 replicate?".
 *
 * @param source - every change, in the order of the keys as UTF-8, of each key the newest first
 * @param replica - likewise
 * @param now - milliseconds since the epoch
 * @throws {@link SealdropError} SERVICE_FAILED where a listing is not in that order; what the listings throw.
 */
export async function measureRecoveryPoint(
  source: AsyncIterable<ListedChange>,
  replica: AsyncIterable<ListedChange>,
  now: number,
): Promise<RecoveryPoint> {
  const others = histories(replica);
  let other: History | undefined = (await others.next()).value ?? undefined;
  let [behindObjects, oldest] = [0, now];
  try {
    for await (const { key, changes } of histories(source)) {
      while (other !== undefined && compareNames(other.key, key) < 0) {
        other = (await others.next()).value ?? undefined;
      }
      const missing = missingChanges(changes, other?.key === key ? other.changes : []);
      if (missing.length === 0) continue;
      behindObjects += 1;
      oldest = Math.min(oldest, ...missing.map(({ changedAt }) => changedAt.getTime()));
    }
  } finally {
    await others.return(undefined);
  }
  return { seconds: Math.max(0, now - oldest) / 1000, behindObjects };
}

/** The changes since the newest one that both sides have. */
function missingChanges(
  source: readonly ListedChange[],
  replica: readonly ListedChange[],
): readonly ListedChange[] {
  // What is hidden, or was never there, opens on neither side.
  if (source[0]?.isDeleteMarker === true && (replica[0]?.isDeleteMarker ?? true)) return [];
  const there = new Set(replica.map(({ versionId }) => versionId));
  const shared = source.findIndex(({ versionId }) => there.has(versionId));
  return shared < 0 ? source : source.slice(0, shared);
}

async function* histories(changes: AsyncIterable<ListedChange>): AsyncGenerator<History, undefined> {
  let current: { key: string; changes: ListedChange[] } | undefined;
  for await (const change of changes) {
    if (current?.key === change.key) {
      current.changes.push(change);
      continue;
    }
    if (current !== undefined) {
      assertOrder(current.key, change.key);
      yield current;
    }
    current = { key: change.key, changes: [change] };
  }
  if (current !== undefined) yield current;
}

function assertOrder(before: string, key: string): void {
  if (compareNames(before, key) < 0) return;
  throw new SealdropError('SERVICE_FAILED', 'the store does not list versions in the order of their keys');
}
