import { SealdropError } from '../../envelope/index.ts';

const forever = Infinity;

/** A clock that stands still until it is told to go on, and waits that end when it gets there. */
export class FakeClock {
  #now = 0;
  readonly #waiting: { readonly until: number; readonly wake: () => void }[] = [];
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[] = [];

  readonly now = (): number => this.#now;

  readonly wait = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    this.waits.push(milliseconds);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ until: this.#now + milliseconds, wake: resolve });
      const stop = (): void => {
        reject(new SealdropError('ABORTED', 'the wait was stopped'));
      };
      if (signal?.aborted === true) stop();
      signal?.addEventListener('abort', stop);
    });
  };

  /** Goes on to the end of each wait in turn, until nobody has waited for some turns of the event loop. */
  async run(untilMilliseconds: number = forever): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const next = Math.min(...this.#waiting.map(({ until }) => until));
      if (next === forever || next > untilMilliseconds) break;
      this.#now = Math.max(this.#now, next);
      const due = this.#waiting.filter(({ until }) => until <= this.#now);
      for (const each of due) {
        this.#waiting.splice(this.#waiting.indexOf(each), 1);
        each.wake();
      }
    }
    if (untilMilliseconds !== forever) this.#now = Math.max(this.#now, untilMilliseconds);
  }
}
