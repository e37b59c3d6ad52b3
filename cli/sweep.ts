import { pMapIterable } from 'p-map';
import { keyNeedOf, type KeyNeed, type KeyNeedOptions } from '../aws/key-need.ts';
import { listVersions, type ListedVersion } from '../aws/list-versions.ts';
import { defaultInstructionFileSuffix, INSTRUCTION_FILE_MARK, SealdropError } from '../envelope/index.ts';
import { hasCode } from '../operations/has-code.ts';
import type { ObjectAddress, ObjectStore, ReadableStore } from '../operations/object-store.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { isShareSuffix } from '../operations/share-suffix.ts';
import { describeFailure, type FailureText } from './failure.ts';
import type { Located, PlaceClient } from './located.ts';

/** What a version is to its object: the one that counts, an earlier one, or one that is frozen. */
export type VersionClass = 'current' | 'noncurrent' | 'archived';

/** What came of a version; `unseen`: it could not be looked at. */
export type SweepAnswer = KeyNeed | 'unseen';

/** A version that stands in the way of retiring a key. */
export interface SweepFinding {
  readonly place: string;
  readonly versionId: string;
  readonly versionClass: VersionClass;
  readonly answer: Exclude<SweepAnswer, 'not-needed' | 'no-data-key'>;
  readonly error?: FailureText;
}

/** What a sweep over all versions found. */
export interface SweepReport {
  readonly counts: Readonly<Record<VersionClass, Record<SweepAnswer, number>>>;
  /** The versions that were listed, and were gone when they were looked at: nothing is known of them. */
  readonly gone: number;
  /** The first ones: {@link counts} has the number of all. */
  readonly findings: readonly SweepFinding[];
}

/** Where and how all versions are looked at. */
export interface SweepOptions extends Omit<KeyNeedOptions, 'store' | 'signal'> {
  readonly places: readonly Located<ObjectStore>[];
  readonly s3: PlaceClient;
  readonly concurrency: number;
  /** Told of each version that was looked at. */
  readonly onVersion: () => void;
  readonly signal: AbortSignal;
}

const mostFindings = 100;
/** Where so many, and all, could not be looked at, the rest cannot either. */
const hopeless = 100;

/**
 * Looks at every version in every place and asks KMS of each whether it needs the key. In memory are the counts
 * and the first findings.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND where a place holds nothing, ABORTED, and what listing throws;
 *   the first failure where nothing can be looked at.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const counts = { current: noAnswers(), noncurrent: noAnswers(), archived: noAnswers() };
  const findings: SweepFinding[] = [];
  let [seen, unseen, gone] = [0, 0, 0];
  for (const place of options.places) {
    const look = (version: ListedVersion): Promise<Look> => lookAt(version, place, options);
    for await (const { version, versionClass, answer, failure } of pMapIterable(
      versionsIn(place, options),
      look,
      {
        concurrency: options.concurrency,
      },
    )) {
      options.onVersion();
      if (answer === undefined) {
        gone += 1;
        continue;
      }
      counts[versionClass][answer] += 1;
      if (failure === undefined) seen += 1;
      else unseen += 1;
      if (failure !== undefined && seen === 0 && unseen === hopeless) throw failure as Error;
      if (answer === 'not-needed' || answer === 'no-data-key' || findings.length === mostFindings) continue;
      findings.push({
        ...{ place: place.show(version.key), versionId: version.versionId, versionClass, answer },
        ...(failure === undefined ? {} : { error: describeFailure(failure) }),
      });
    }
  }
  return { counts, gone, findings };
}

/** How many versions, of all classes, came to one of these answers. */
export function countOf({ counts }: SweepReport, ...answers: SweepAnswer[]): number {
  return Object.values(counts)
    .flatMap((ofClass) => answers.map((answer) => ofClass[answer]))
    .reduce((sum, count) => sum + count, 0);
}

/** What one look came to; without an answer where the version is gone meanwhile. */
interface Look {
  readonly version: ListedVersion;
  readonly versionClass: VersionClass;
  readonly answer?: SweepAnswer;
  readonly failure?: unknown;
}

async function lookAt(
  version: ListedVersion,
  { store, bucket }: Located<ObjectStore>,
  options: SweepOptions,
): Promise<Look> {
  const { key, versionId, isCurrent } = version;
  const listedClass = isCurrent ? 'current' : 'noncurrent';
  try {
    const ask = () => keyNeedOf({ bucket, key, versionId }, { ...options, store });
    const { need, isArchived } = await retryWhileThrottled(ask, { signal: options.signal });
    return { version, versionClass: isArchived ? 'archived' : listedClass, answer: need };
  } catch (failure) {
    if (options.signal.aborted) throw failure;
    if (hasCode(failure, 'OBJECT_NOT_FOUND')) return { version, versionClass: listedClass };
    return { version, versionClass: listedClass, answer: 'unseen', failure };
  }
}

/** @throws {@link SealdropError} OBJECT_NOT_FOUND: that nothing was found is no evidence, the name may be mistyped. */
async function* versionsIn(
  { store, bucket, key, isTree, show }: Located,
  { s3, instructionFileSuffixes = [], signal }: SweepOptions,
): AsyncGenerator<ListedVersion> {
  let isEmpty = true;
  const names = ['', defaultInstructionFileSuffix, ...instructionFileSuffixes].map((suffix) => key + suffix);
  const isOfIt = async ({ key: each, versionId }: ListedVersion): Promise<boolean> =>
    names.includes(each) ||
    (isShareSuffix(each.slice(key.length)) &&
      (await mayBeFile(store, { bucket, key: each, versionId }, signal)));
  for await (const version of listVersions(s3, bucket, key, signal)) {
    if (!isTree && !(await isOfIt(version))) continue;
    isEmpty = false;
    yield version;
  }
  if (isEmpty) throw new SealdropError('OBJECT_NOT_FOUND', `there is nothing to look at in ${show(key)}`);
}

/** Of one object, too, its shares need their key; another object beside it is none. What is not told may be one. */
async function mayBeFile(
  store: ReadableStore,
  version: ObjectAddress,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return INSTRUCTION_FILE_MARK in (await store.head(version, signal)).metadata;
  } catch (error) {
    if (signal.aborted) throw error;
    return true;
  }
}

function noAnswers(): Record<SweepAnswer, number> {
  return { needed: 0, 'not-needed': 0, unclear: 0, unseen: 0, 'no-data-key': 0 };
}
