/** A call that took so long was not answered from memory. */
const quickMilliseconds = 1;
/** For how long such a disk is asked over other threads, before it is tried again. */
const pauseMilliseconds = 100;

/**
 * Says where calls of the file system are made. One that memory answers takes less time than to ask another thread
 * for it, and a small file takes several: with many small files that is what they cost. A disk that lets one wait,
 * such as one behind a network, must not hold up all else.
 */
export class DiskPace {
  readonly #now: () => number;
  #slowUntil = -Infinity;

  /** @param now - a clock that only goes forward, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Makes a call at once, or, for a while after one that took long, over another thread.
   *
   * @throws what the call throws.
   */
  async call<Result>(atOnce: () => Result, elsewhere: () => Promise<Result>): Promise<Result> {
    const begun = this.#now();
    if (begun < this.#slowUntil) return elsewhere();
    try {
      return atOnce();
    } finally {
      const ended = this.#now();
      if (ended - begun > quickMilliseconds) this.#slowUntil = ended + pauseMilliseconds;
    }
  }
}
