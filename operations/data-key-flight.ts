import { SealdropError } from '../envelope/index.ts';

/** How much one data key may still be used for. */
export class Allowance {
  #messages: number;
  #bytes: number;

  /** `Infinity` is no limit. */
  constructor(messages: number, bytes: number) {
    this.#messages = messages;
    this.#bytes = bytes;
  }

  /** Whether nothing is left that another object could use. */
  get isUsedUp(): boolean {
    return this.#messages < 1 || this.#bytes < 1;
  }

  /** Whether one more object of this length fits. */
  admits(bytes: number): boolean {
    return this.#messages >= 1 && this.#bytes >= bytes;
  }

  take(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }

  giveBack(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }
}

interface Waiter<Key> {
  readonly resolve: (key: Key) => void;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
}

/**
 * One call for a data key, and those who wait for it. Each takes its share of the allowance when it joins, so
 * that the key is not used up before it arrives.
 */
export class DataKeyFlight<Key> {
  /** What is left for others, those who wait counted. */
  readonly allowance: Allowance;
  readonly #waiters = new Set<Waiter<Key>>();
  readonly #abandon = new AbortController();

  constructor(allowance: Allowance) {
    this.allowance = allowance;
  }

  /** Aborts when the last of those who waited has gone. */
  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  /**
   * Waits for the key. The allowance must admit it.
   *
   * @param bytes - the share of the allowance, which whoever is aborted gives back
   * @param signal - not aborted yet
   * @throws {@link SealdropError} ABORTED as soon as the signal says so, whatever becomes of the call.
   */
  join(bytes: number, signal: AbortSignal | undefined): Promise<Key> {
    const { promise, resolve, reject } = Promise.withResolvers<Key>();
    const leave = (): void => {
      this.#waiters.delete(waiter);
      this.allowance.giveBack(bytes);
      reject(stopped(signal));
      if (this.#waiters.size === 0) this.#abandon.abort();
    };
    const waiter: Waiter<Key> = {
      resolve,
      reject,
      stopListening: () => signal?.removeEventListener('abort', leave),
    };
    this.allowance.take(bytes);
    this.#waiters.add(waiter);
    signal?.addEventListener('abort', leave, { once: true });
    return promise;
  }

  /**
   * Hands everyone a key of its own. Where one cannot be made, those who are left still wait.
   *
   * @throws whatever `makeKey` throws
   */
  land(makeKey: () => Key): void {
    for (const waiter of this.#waiters) {
      waiter.resolve(makeKey());
      this.#dismiss(waiter);
    }
  }

  /** Hands the same error to everyone who still waits. */
  fail(error: unknown): void {
    for (const waiter of this.#waiters) {
      waiter.reject(error);
      this.#dismiss(waiter);
    }
  }

  #dismiss(waiter: Waiter<Key>): void {
    waiter.stopListening();
    this.#waiters.delete(waiter);
  }
}

/** The error of whoever no longer waits for a data key. */
export function stopped(signal: AbortSignal | undefined): SealdropError {
  return new SealdropError('ABORTED', 'the wait for a data key was stopped', { cause: signal?.reason });
}
