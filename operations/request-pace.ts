import { setTimeout as sleep } from 'node:timers/promises';
import { SealdropError } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';

/** How fast requests may go. */
export interface RequestPaceOptions {
  /** The budget: how many requests begin in a second, at most. Any positive number. */
  readonly perSecond: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now?: () => number;
  /** Waits. Injected so that tests need not. */
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** How far the pace goes down where the service throttles, and how much of the budget each success gives back. */
const slowdown = 0.5;
const recovery = 0.01;
/** Requests that were under way together are refused together: that is one sign, and not many. */
const slowdownPauseMilliseconds = 1000;
const slowestShare = 1 / 64;

/**
 * Lets requests begin one after the other, evenly, never more in a second than the budget. Where the service
 * throttles nevertheless, since others draw on the same quota, the pace is halved; it recovers with each
 * request that succeeds. How many are under way at once follows from it.
 */
export class RequestPace {
  readonly #budget: number;
  readonly #now: () => number;
  readonly #wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  #perSecond: number;
  #next = 0;
  #slowedAt = -Infinity;

  /** @throws RangeError for a budget that is none. */
  constructor({ perSecond, now = () => performance.now(), wait = waitFor }: RequestPaceOptions) {
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) {
      throw new RangeError('the budget must be a positive number of requests per second');
    }
    this.#budget = perSecond;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#wait = wait;
  }

  /** Requests per second, as it is now. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /**
   * Sends a request in its turn.
   *
   * @throws {@link SealdropError} ABORTED where the signal says stop before its turn; whatever `send` throws.
   */
  async inTurn<Result>(send: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.#turn(signal);
    try {
      const result = await send();
      this.#perSecond = Math.min(this.#budget, this.#perSecond + this.#budget * recovery);
      return result;
    } catch (error) {
      if (hasCode(error, 'THROTTLED')) this.#slowDown();
      throw error;
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw stopped();
    const now = this.#now();
    // A turn that nobody took is lost: what was saved up would come as one burst.
    const turn = Math.max(now, this.#next);
    this.#next = turn + 1000 / this.#perSecond;
    if (turn > now) await this.#wait(turn - now, signal);
  }

  #slowDown(): void {
    const now = this.#now();
    if (now - this.#slowedAt < slowdownPauseMilliseconds) return;
    this.#slowedAt = now;
    this.#perSecond = Math.max(this.#budget * slowestShare, this.#perSecond * slowdown);
  }
}

async function waitFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
    throw stopped();
  });
}

function stopped(): SealdropError {
  return new SealdropError('ABORTED', 'the request was stopped before its turn');
}
