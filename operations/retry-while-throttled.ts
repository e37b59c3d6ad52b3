import { hasCode } from './has-code.ts';
import { waitFor } from './wait-for.ts';

/** How long work that a service throttles is kept up. */
export interface ThrottleOptions {
  /**
   * How often it is tried. The waits double from half a second to 20 seconds, each shortened by chance to half of
   * itself at the most: with 12 tries they come to between 66 and 132 seconds, so that a minute does no harm.
   * @defaultValue 12
   */
  readonly attempts?: number;
  /** Waits. Injected so that tests need not. */
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
}

const firstWaitMilliseconds = 500;
const longestWaitMilliseconds = 20_000;

/**
 * Tries again, later and later, what a service refused because it had too much to do, or could not be reached.
 *
 * @throws {@link SealdropError} THROTTLED or SERVICE_UNAVAILABLE from the last attempt, ABORTED, and whatever else
 *   the work throws.
 */
export async function retryWhileThrottled<Result>(
  work: () => Promise<Result>,
  { attempts = 12, wait = waitFor, random = Math.random, signal }: ThrottleOptions = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'THROTTLED', 'SERVICE_UNAVAILABLE') || attempt === attempts) throw error;
    }
    const ceiling = Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** (attempt - 1));
    // At least half of it: many that were refused together must neither come back together nor at once.
    await wait(ceiling * (0.5 + random() / 2), signal);
  }
}
