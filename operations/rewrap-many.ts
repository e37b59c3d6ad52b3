import { SealdropError, type SealdropErrorCode } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import type { ObjectAddress } from './object-store.ts';
import { retryWhileThrottled, type ThrottleOptions } from './retry-while-throttled.ts';
import { rewrapObject, type RewrapOptions, type RewrapStatus } from './rewrap-object.ts';

/** How rewrapping ended, for an object that may be gone by then, or may have failed. */
export type RewrapResult = RewrapStatus | 'gone' | 'failed';

/** One object that is still in its old wrapping, in which it opens as before, and why. */
export interface RewrapFailure {
  readonly key: string;
  readonly code: SealdropErrorCode | 'UNEXPECTED';
  readonly message: string;
}

/** What came of a number of objects. */
export interface RewrapReport {
  readonly counts: Readonly<Record<RewrapResult, number>>;
  readonly failures: readonly RewrapFailure[];
  /** The keys that time did not suffice for. */
  readonly left: readonly string[];
}

/** How a number of objects is rewrapped. */
export interface RewrapManyOptions extends RewrapOptions {
  /** How many are worked on at once: at least 1. */
  readonly concurrency: number;
  /** Asked before each object; what comes after a "no" is left. */
  readonly hasTimeLeft?: () => boolean;
  /**
   * How long an object is kept up that the services throttle.
   * @defaultValue as {@link ThrottleOptions} says
   */
  readonly throttling?: Omit<ThrottleOptions, 'signal'>;
}

/** The counts of nothing. */
export function noCounts(): Record<RewrapResult, number> {
  return { rewrapped: 0, planned: 0, current: 0, archived: 0, 'not-sealed': 0, gone: 0, failed: 0 };
}

/**
 * Rewraps a number of objects, some at once. One object's failure does not stop the others; what the services
 * throttle is tried again for a while.
 *
 * @throws RangeError for a concurrency that is none.
 */
export async function rewrapMany(
  addresses: readonly ObjectAddress[],
  options: RewrapManyOptions,
): Promise<RewrapReport> {
  const { concurrency, signal, hasTimeLeft = () => true } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError('the concurrency must be a whole number of at least 1');
  }
  const counts = noCounts();
  const failures: RewrapFailure[] = [];
  const left: string[] = [];
  const rest = addresses.values();
  const work = async (): Promise<void> => {
    for (const address of rest) {
      const isOver = signal?.aborted === true || !hasTimeLeft();
      const ended = isOver ? 'left' : await rewrapOne(address, options);
      if (ended === 'left') left.push(address.key);
      else if (typeof ended === 'string') counts[ended] += 1;
      else failures.push(ended);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { counts: { ...counts, failed: failures.length }, failures, left };
}

/** Never throws: what the object's failure was is told. */
async function rewrapOne(
  address: ObjectAddress,
  options: RewrapManyOptions,
): Promise<RewrapResult | 'left' | RewrapFailure> {
  const { throttling, signal } = options;
  try {
    const { status } = await retryWhileThrottled(() => rewrapObject(address, options), {
      ...throttling,
      signal,
    });
    return status;
  } catch (error) {
    if (hasCode(error, 'ABORTED')) return 'left';
    return hasCode(error, 'OBJECT_NOT_FOUND') ? 'gone' : failureOf(address, error);
  }
}

/** What is not of this package may say anything, and is not repeated. */
function failureOf({ key }: ObjectAddress, error: unknown): RewrapFailure {
  if (error instanceof SealdropError) return { key, code: error.code, message: error.message };
  return { key, code: 'UNEXPECTED', message: error instanceof Error ? error.name : 'not an error' };
}
