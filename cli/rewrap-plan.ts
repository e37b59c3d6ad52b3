import { readAgeRules, readVersioning, type AgeRule, type Versioning } from '../aws/bucket-settings.ts';
import { listVersions } from '../aws/list-versions.ts';
import { planRewrap, type RewrapMethod, type RewrapPlan } from '../operations/rewrap-plan.ts';
import { RewrapTally } from '../operations/rewrap-work.ts';
import { nameFilter, type Filter } from './filters.ts';
import type { Located, PlaceClient } from './located.ts';

/** What a bucket does with the old versions, and with the ages of what is copied. */
export interface BucketFacts {
  /** Missing where it may not be read. */
  readonly versioning?: Versioning | undefined;
  /** Missing where they may not be read. */
  readonly ageRules?: readonly AgeRule[] | undefined;
  /** The versions that are not the current ones, where they were counted. */
  readonly noncurrent?: { readonly versions: number; readonly bytes: number } | undefined;
}

/** What a plan is made from. */
export interface PlanOptions {
  readonly method: RewrapMethod;
  readonly filters: readonly Filter[];
  readonly requestsPerSecond: number;
  readonly keysAsked: number;
  readonly signal: AbortSignal;
}

/** Objects that one request lists. */
const objectsPerList = 1000;

/**
 * What the work takes at the most, from listing alone: no object is looked at.
 *
 * @throws {@link SealdropError} what the store throws; OBJECT_NOT_FOUND for one object that is not there.
 */
export async function planFromListing(
  source: Located,
  options: PlanOptions,
  onObject: () => void,
): Promise<RewrapPlan> {
  const { store, bucket, key, isTree, holds } = source;
  const tally = new RewrapTally();
  let listed = 0;
  if (isTree) {
    const isWanted = nameFilter(options.filters);
    for await (const object of store.list(bucket, key, options.signal)) {
      listed += 1;
      onObject();
      const isMarker = object.key.endsWith('/') && object.lengthBytes === 0;
      if (isMarker || !isWanted(object.key.slice(key.length))) continue;
      if (holds(object.key)) tally.add(object);
      else tally.addInstructionFile();
    }
  } else tally.add(await store.head({ bucket, key }, options.signal));
  return planOf(source, tally, Math.ceil(listed / objectsPerList), options);
}

/** The plan for what was added up. */
export function planOf(
  { bucket }: Pick<Located, 'bucket'>,
  tally: RewrapTally,
  lists: number,
  { method, requestsPerSecond, keysAsked }: Omit<PlanOptions, 'filters' | 'signal'>,
): RewrapPlan {
  return planRewrap(tally.work, { method, lists, requestsPerSecond, keysAsked, isInS3: bucket !== '' });
}

/** How much is asked of a bucket. */
export interface FactsOptions {
  /** Whether all versions are listed, to count those that are not current. */
  readonly countsNoncurrent: boolean;
  /** Told of each version that is listed. */
  readonly onVersion: () => void;
  readonly signal: AbortSignal;
}

/**
 * What a bucket tells of itself; nothing of files.
 *
 * @throws {@link SealdropError} what listing the versions throws.
 */
export async function bucketFacts(
  { bucket, key, isTree, holds }: Located,
  client: PlaceClient,
  { countsNoncurrent, onVersion, signal }: FactsOptions,
): Promise<BucketFacts> {
  if (bucket === '') return { versioning: 'off', ageRules: [] };
  const [versioning, ageRules] = await Promise.all([
    readVersioning(client, bucket, signal),
    readAgeRules(client, bucket, key, signal),
  ]);
  if (!countsNoncurrent || versioning === 'off') return { versioning, ageRules };
  let [versions, bytes] = [0, 0];
  for await (const version of listVersions(client, bucket, key, signal)) {
    onVersion();
    const isOne = !version.isCurrent && holds(version.key) && (isTree || version.key === key);
    if (!isOne) continue;
    versions += 1;
    bytes += version.lengthBytes;
  }
  return { versioning, ageRules, noncurrent: { versions, bytes } };
}
