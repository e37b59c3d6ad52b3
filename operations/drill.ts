import { defaultInstructionFileSuffix, SealdropError, type SealdropErrorCode } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import type { ListedObject, ObjectAddress } from './object-store.ts';
import { openUnverified, type OpenOptions } from './open-object.ts';
import { retryWhileThrottled, type ThrottleOptions } from './retry-while-throttled.ts';
import { sampled, type Sample } from './sample.ts';
import { isShareError } from './standing-share.ts';

/** What is drilled, and how. */
export interface DrillOptions extends OpenOptions {
  readonly bucket: string;
  /** What the keys begin with. */
  readonly prefix: string;
  readonly sample: Sample;
  /** How many objects are opened at once: at least 1. */
  readonly concurrency: number;
  /** Asked before each object; what comes after a "no" is left. */
  readonly hasTimeLeft?: () => boolean;
  /**
   * How long an object is kept up that the services throttle.
   * @defaultValue four tries, over some three seconds: a reader would not wait longer
   */
  readonly throttling?: Omit<ThrottleOptions, 'signal'>;
  /**
   * Milliseconds since the epoch.
   * @defaultValue the clock of this machine
   */
  readonly now?: () => number;
}

/**
 * How an object of the sample ended: `gone` while it was listed, `left` where time did not suffice; `shares` are
 * further instruction files, which hold no content.
 */
export type DrillResult = 'opened' | 'failed' | 'gone' | 'left' | 'shares';

/** An object that did not open, and why. */
export interface DrillFailure {
  readonly key: string;
  readonly code: SealdropErrorCode | 'UNEXPECTED';
  readonly message: string;
  readonly hint: string;
}

/** How long it took until files could be read again, in seconds. */
export interface RecoveryTime {
  /** From the beginning until all objects were listed. */
  readonly listed: number;
  /** From the beginning until the first object was open; missing where none was. */
  readonly firstOpened?: number;
  /** Opening the sample. */
  readonly sample: number;
  /** What opening all objects would take at that rate, by their number or their bytes, whichever is longer. */
  readonly whole?: number;
}

/** What came of a drill. */
export interface DrillReport {
  /** In ISO 8601. */
  readonly startedAt: string;
  /** All objects that are there, instruction files aside; shares are counted, since their names do not tell. */
  readonly objects: number;
  readonly sealedBytes: number;
  /** What became of the sample. */
  readonly counts: Readonly<Record<DrillResult, number>>;
  /** How many objects failed for which reason. */
  readonly reasons: Readonly<Partial<Record<DrillFailure['code'], number>>>;
  /** The first ones. */
  readonly failures: readonly DrillFailure[];
  readonly recoveryTimeSeconds: RecoveryTime;
  /** The age of the newest object; missing where there is none, or where the store tells no times. */
  readonly newestAgeSeconds?: number;
}

const mostFailures = 100;

/**
 * Opens a sample of the sealed objects of a place, each to its last byte, and keeps nothing of them. Nothing is
 * written. One object's failure does not stop the others.
 *
 * @throws RangeError for a concurrency that is none; what listing throws.
 */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { concurrency, now = Date.now } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError('the concurrency must be a whole number of at least 1');
  }
  const startedAt = now();
  const listing = new Listing();
  const chosen: ListedObject[] = [];
  for await (const object of sampled(listing.of(options), options.sample)) chosen.push(object);
  const listedAt = now();
  const outcomes = await openAll(chosen, options, now);
  const endedAt = now();
  const opened = outcomes.filter(({ result }) => result === 'opened');
  const failures = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const sample = (endedAt - listedAt) / 1000;
  return {
    startedAt: new Date(startedAt).toISOString(),
    ...{ objects: listing.objects, sealedBytes: listing.sealedBytes },
    counts: countsOf(outcomes),
    reasons: reasonsOf(failures),
    failures: failures.slice(0, mostFailures),
    recoveryTimeSeconds: {
      listed: (listedAt - startedAt) / 1000,
      ...(opened.length === 0
        ? {}
        : {
            firstOpened: (Math.min(...opened.map(({ at }) => at)) - startedAt) / 1000,
            whole: sample * shareFactor(listing, opened),
          }),
      sample,
    },
    ...(listing.newestAt === undefined
      ? {}
      : { newestAgeSeconds: Math.max(0, startedAt - listing.newestAt) / 1000 }),
  };
}

/**
 * Whether a drill shows that sealed objects open: something did, and nothing else failed or was left. Nothing is no
 * proof.
 */
export function isDrillPassed({ counts }: Pick<DrillReport, 'counts'>): boolean {
  return counts.opened > 0 && counts.failed === 0 && counts.left === 0;
}

/** What is listed, and what is noted of it on the way. */
class Listing {
  objects = 0;
  sealedBytes = 0;
  newestAt: number | undefined;

  /** Instruction files go with their objects, and markers of folders hold nothing. */
  async *of({ store, bucket, prefix, signal, ...options }: DrillOptions): AsyncGenerator<ListedObject> {
    const { instructionFileSuffix = defaultInstructionFileSuffix } = options;
    const suffixes = [instructionFileSuffix, defaultInstructionFileSuffix];
    for await (const object of store.list(bucket, prefix, signal)) {
      const { key, lengthBytes, lastModified } = object;
      if (lastModified !== undefined)
        this.newestAt = Math.max(this.newestAt ?? -Infinity, lastModified.getTime());
      if (suffixes.some((suffix) => key.endsWith(suffix))) continue;
      if (key.endsWith('/') && lengthBytes === 0) continue;
      this.objects += 1;
      this.sealedBytes += lengthBytes;
      yield object;
    }
  }
}

interface Outcome {
  readonly object: ListedObject;
  readonly result: DrillResult;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly failure?: DrillFailure;
}

async function openAll(
  objects: readonly ListedObject[],
  options: DrillOptions,
  now: () => number,
): Promise<Outcome[]> {
  const { concurrency, signal, hasTimeLeft = () => true } = options;
  const outcomes: Outcome[] = [];
  const rest = objects.values();
  const work = async (): Promise<void> => {
    for (const object of rest) {
      const isOver = signal?.aborted === true || !hasTimeLeft();
      const outcome = isOver ? { result: 'left' as const } : await openOne(object, options);
      outcomes.push({ object, at: now(), ...outcome });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return outcomes;
}

/** Never throws: what the failure was is told. */
async function openOne(
  { key }: ListedObject,
  options: DrillOptions,
): Promise<Pick<Outcome, 'result' | 'failure'>> {
  const address = { bucket: options.bucket, key };
  const { throttling = { attempts: 4 }, signal } = options;
  try {
    const result = await retryWhileThrottled(() => openUnlessShare(address, options), {
      ...throttling,
      signal,
    });
    return { result };
  } catch (error) {
    if (hasCode(error, 'ABORTED')) return { result: 'left' };
    if (hasCode(error, 'OBJECT_NOT_FOUND')) return { result: 'gone' };
    return { result: 'failed', failure: failureOf(key, error) };
  }
}

/** Replication takes shares along, like every object. */
async function openUnlessShare(address: ObjectAddress, options: OpenOptions): Promise<'opened' | 'shares'> {
  try {
    await openAndDrop(address, options);
    return 'opened';
  } catch (error) {
    if (await isShareError(error, address, options)) return 'shares';
    throw error;
  }
}

/** To its last byte: only then it is authenticated. */
async function openAndDrop(address: ObjectAddress, options: OpenOptions): Promise<void> {
  for await (const chunk of await openUnverified(address, options)) chunk.fill(0);
}

/** What is not of this package may say anything, and is not repeated. */
function failureOf(key: string, error: unknown): DrillFailure {
  if (error instanceof SealdropError) {
    return { key, code: error.code, message: error.message, hint: error.hint };
  }
  return { key, code: 'UNEXPECTED', message: error instanceof Error ? error.name : 'not an error', hint: '' };
}

function countsOf(outcomes: readonly Outcome[]): Record<DrillResult, number> {
  const counts = { opened: 0, failed: 0, gone: 0, left: 0, shares: 0 };
  for (const { result } of outcomes) counts[result] += 1;
  return counts;
}

function reasonsOf(failures: readonly DrillFailure[]): DrillReport['reasons'] {
  const reasons: Partial<Record<DrillFailure['code'], number>> = {};
  for (const { code } of failures) reasons[code] = (reasons[code] ?? 0) + 1;
  return reasons;
}

/** How many times the opened sample all of it is. */
function shareFactor({ objects, sealedBytes }: Listing, opened: readonly Outcome[]): number {
  const openedBytes = opened.reduce((sum, { object }) => sum + object.lengthBytes, 0);
  return Math.max(objects / opened.length, openedBytes === 0 ? 0 : sealedBytes / openedBytes);
}
