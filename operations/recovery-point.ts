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
  /**
   * The age of the oldest change that whoever reads the replica does not see; 0 where it has all. Where an object is
   * hidden at the replica alone, that of its delete marker.
   */
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
      const unseen = unseenChanges(changes, other?.key === key ? other.changes : [], now);
      if (unseen.length === 0) continue;
      behindObjects += 1;
      oldest = Math.min(oldest, ...unseen.map(({ changedAt }) => changedAt.getTime()));
    }
  } finally {
    await others.return(undefined);
  }
  return { seconds: Math.max(0, now - oldest) / 1000, behindObjects };
}

/** The changes since the newest one that both sides have, or the marker that hides that one at the replica alone. */
function unseenChanges(
  source: readonly ListedChange[],
  replica: readonly ListedChange[],
  now: number,
): readonly ListedChange[] {
  const [newest] = replica;
  // What is hidden, or was never there, opens on neither side.
  if (source[0]?.isDeleteMarker === true && (newest?.isDeleteMarker ?? true)) return [];
  const there = new Set(replica.map(({ versionId }) => versionId));
  const shared = source.findIndex(({ versionId }) => there.has(versionId));
  if (shared !== 0) return shared < 0 ? source : source.slice(0, shared);
  // The source took its marker back, which is not replicated. A marker of just now may be newer than its listing.
  const isHidden = newest?.isDeleteMarker === true && newest.changedAt.getTime() < now;
  return isHidden ? [newest] : [];
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
