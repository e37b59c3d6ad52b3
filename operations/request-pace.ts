import { SealdropError } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import { waitFor } from './wait-for.ts';

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

/** A request before its turn. */
interface Waiter {
  readonly since: number;
  readonly begin: () => void;
}

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
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();
  /** When the last turn was. */
  #begun = -Infinity;
  /** Ends the wait for the next turn, where somebody waits for one. */
  #sleeping: AbortController | undefined;
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

  /** Whoever stops waiting gives the turn to the next one. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiter);
        if (this.#waiting.size === 0) this.#sleeping?.abort();
        reject(stopped());
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const waiter: Waiter = { since: this.#now(), begin };
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiting.add(waiter);
      if (this.#sleeping === undefined) void this.#letBegin();
    });
  }

  /** Lets those who wait begin, one after the other, each at the pace that holds when its turn has come. */
  async #letBegin(): Promise<void> {
    let waitedUntil = -Infinity;
    for (const waiter of this.#inLine()) {
      // A turn that nobody took is lost: what was saved up would come as one burst.
      const due = Math.max(waiter.since, this.#begun + 1000 / this.#perSecond);
      const now = this.#now();
      if (due > now && due > waitedUntil) {
        if (await this.#sleep(due - now)) waitedUntil = due;
        continue;
      }
      this.#begun = Math.max(due, waitedUntil);
      this.#waiting.delete(waiter);
      waiter.begin();
    }
  }

  /** Whether the time has passed, and was not cut short since nobody waits any more. */
  async #sleep(milliseconds: number): Promise<boolean> {
    this.#sleeping = new AbortController();
    try {
      await this.#wait(milliseconds, this.#sleeping.signal);
      return true;
    } catch {
      return false;
    } finally {
      this.#sleeping = undefined;
    }
  }

  /** Who is the first in line, again and again. */
  *#inLine(): Generator<Waiter> {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) yield first;
  }

  #slowDown(): void {
    const now = this.#now();
    if (now - this.#slowedAt < slowdownPauseMilliseconds) return;
    this.#slowedAt = now;
    this.#perSecond = Math.max(this.#budget * slowestShare, this.#perSecond * slowdown);
  }
}

function stopped(): SealdropError {
  return new SealdropError('ABORTED', 'the request was stopped before its turn');
}
