import { LRUCache } from 'lru-cache';
import type { PlaintextDataKey } from '../envelope/index.ts';
import { Allowance, DataKeyFlight, stopped } from './data-key-flight.ts';

/** What a {@link DataKeyCache} is made of. */
export interface DataKeyCacheOptions<Key> {
  /** How many data keys are held at once. */
  readonly capacity: number;
  /** For how long a data key is handed out, from the moment that it was asked for. */
  readonly maxAgeMilliseconds: number;
  /** How many requests one data key answers; `Infinity` for any number. */
  readonly maxMessages: number;
  /** What the requests that one data key answers may declare together; `Infinity` for any number. */
  readonly maxBytes: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number;
  /** A copy of a data key that shares nothing with it. */
  readonly copy: (key: Key) => Key;
}

/** One request for a data key. */
export interface DataKeyRequest<Key> {
  /** Two requests with the same id are answered by the same data key. */
  readonly id: string;
  /** How much the data key is to encrypt. */
  readonly bytes: number;
  /** The length of a data key that is in order: any other is handed on, but not kept. */
  readonly dataKeyBytes: number;
  /** Asks whoever makes data keys, or opens them. */
  readonly ask: (signal: AbortSignal | undefined) => Promise<Key>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Keeps data keys in the clear within their limits, and zero-fills each as soon as it is no longer kept.
 * Those who ask for the same key at once share one call.
 */
export class DataKeyCache<Key extends PlaintextDataKey> {
  readonly #options: DataKeyCacheOptions<Key>;
  readonly #entries: LRUCache<string, CachedDataKey<Key>>;
  /** The last call of each id that is under way: newcomers join it while it has room. */
  readonly #flights = new Map<string, DataKeyFlight<Key>>();
  #isClosed = false;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(options: DataKeyCacheOptions<Key>) {
    this.#options = options;
    this.#entries = new LRUCache({
      max: options.capacity,
      dispose: (entry) => {
        entry.wipe();
        this.#evictions += 1;
      },
    });
  }

  /** How many requests were answered without a call of their own, or joined another's. */
  get hits(): number {
    return this.#hits;
  }

  /** How many calls were made. */
  get misses(): number {
    return this.#misses;
  }

  /** How many data keys were kept, and are no longer. */
  get evictions(): number {
    return this.#evictions;
  }

  /**
   * A data key, which the caller owns.
   *
   * @throws {@link SealdropError} ABORTED, and what the call throws, to everyone who waited for it.
   */
  get(request: DataKeyRequest<Key>): Promise<Key> {
    const { id, bytes, signal, ask } = request;
    // What uses a data key up by itself would only push out one that others can use.
    if (this.#isClosed || bytes >= this.#options.maxBytes) return this.bypass(() => ask(signal));
    if (signal?.aborted === true) return Promise.reject(stopped(signal));

    const kept = this.#take(id, bytes);
    if (kept !== undefined) return Promise.resolve(kept);
    const flight = this.#flights.get(id);
    if (flight?.allowance.admits(bytes) === true) {
      this.#hits += 1;
      return flight.join(bytes, signal);
    }
    return this.#takeOff(request);
  }

  /** Makes a call that is nobody else's. */
  bypass(ask: () => Promise<Key>): Promise<Key> {
    this.#misses += 1;
    return ask();
  }

  /**
   * Zero-fills everything that is kept. Nothing is kept from now on: not what is under way either, which
   * those who wait for it still get.
   */
  close(): void {
    this.#isClosed = true;
    this.#flights.clear();
    this.#entries.clear();
  }

  #take(id: string, bytes: number): Key | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (!this.#isYoung(entry.expiresAt)) {
      this.#entries.delete(id);
      return undefined;
    }
    if (!entry.allowance.admits(bytes)) return undefined;
    this.#hits += 1;
    entry.allowance.take(bytes);
    const key = entry.copy();
    if (entry.allowance.isUsedUp) this.#entries.delete(id);
    return key;
  }

  #takeOff(request: DataKeyRequest<Key>): Promise<Key> {
    const { id, bytes, signal } = request;
    const { maxMessages, maxBytes } = this.#options;
    const flight = new DataKeyFlight<Key>(new Allowance(maxMessages, maxBytes));
    flight.abandoned.addEventListener('abort', () => this.#unlist(id, flight));
    this.#flights.set(id, flight);
    this.#misses += 1;
    const key = flight.join(bytes, signal);
    void this.#fly(flight, request);
    return key;
  }

  async #fly(flight: DataKeyFlight<Key>, { id, ask, dataKeyBytes }: DataKeyRequest<Key>): Promise<void> {
    const { copy, now, maxAgeMilliseconds } = this.#options;
    try {
      const expiresAt = now() + maxAgeMilliseconds;
      const entry = new CachedDataKey(await ask(flight.abandoned), flight.allowance, expiresAt, copy);
      let isKept = false;
      try {
        flight.land(() => entry.copy());
        isKept = this.#unlist(id, flight) && entry.hasLength(dataKeyBytes) && this.#keep(id, entry);
      } finally {
        if (!isKept) entry.wipe();
      }
    } catch (error) {
      this.#unlist(id, flight);
      flight.fail(error);
    }
  }

  /** @returns whether newcomers could join it until now */
  #unlist(id: string, flight: DataKeyFlight<Key>): boolean {
    return this.#flights.get(id) === flight && this.#flights.delete(id);
  }

  /** @returns false where no other request could be answered by it */
  #keep(id: string, entry: CachedDataKey<Key>): boolean {
    if (entry.allowance.isUsedUp || !this.#isYoung(entry.expiresAt)) return false;
    this.#entries.set(id, entry);
    this.#watch(id, entry);
    return true;
  }

  /** Lets go of it in time even where nobody asks again. The timer keeps no process alive. */
  #watch(id: string, entry: CachedDataKey<Key>): void {
    const look = (): void => {
      // Timers run by a clock of their own, and may be early.
      if (this.#isYoung(entry.expiresAt)) this.#watch(id, entry);
      else this.#entries.delete(id);
    };
    entry.timer = setTimeout(look, Math.max(1, Math.ceil(entry.expiresAt - this.#options.now()))).unref();
  }

  #isYoung(expiresAt: number): boolean {
    return this.#options.now() < expiresAt;
  }
}

/** Keeps the key private: `lru-cache` shows what it holds to whoever subscribes to its diagnostics channel. */
class CachedDataKey<Key extends PlaintextDataKey> {
  readonly allowance: Allowance;
  readonly expiresAt: number;
  timer: NodeJS.Timeout | undefined;
  readonly #key: Key;
  readonly #copy: (key: Key) => Key;

  constructor(key: Key, allowance: Allowance, expiresAt: number, copy: (key: Key) => Key) {
    this.#key = key;
    this.allowance = allowance;
    this.expiresAt = expiresAt;
    this.#copy = copy;
  }

  copy(): Key {
    return this.#copy(this.#key);
  }

  hasLength(bytes: number): boolean {
    return this.#key.plaintext.length === bytes;
  }

  wipe(): void {
    clearTimeout(this.timer);
    this.#key.plaintext.fill(0);
  }
}
