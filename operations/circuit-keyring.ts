import {
  SealdropError,
  type AlgorithmSuite,
  type EncryptedDataKey,
  type EncryptionContext,
  type GeneratedDataKey,
  type Keyring,
  type PlaintextDataKey,
} from '../envelope/index.ts';

/** What a {@link CircuitKeyring} is made of. */
export interface CircuitKeyringOptions {
  /** Whoever is asked while the key service can be reached. */
  readonly keyring: Keyring;
  /** For how long nobody is sent to a key service that could not be reached. */
  readonly pauseSeconds: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number;
}

/** What is known of a key service that could not be reached. */
interface Outage {
  readonly reason: SealdropError;
  readonly until: number;
}

/**
 * A keyring that does not wait for an absent key service again and again. Once a call ends in
 * SERVICE_UNAVAILABLE, every other fails with the same error at once, until the pause is over. Then one call
 * tries; those who come meanwhile wait for what becomes of it, and go on with it or fail with it.
 */
export class CircuitKeyring implements Keyring {
  readonly #keyring: Keyring;
  readonly #pauseMilliseconds: number;
  readonly #now: () => number;
  #outage: Outage | undefined;
  /** The call that tries whether the outage is over. */
  #probe: Promise<void> | undefined;

  constructor({ keyring, pauseSeconds, now }: CircuitKeyringOptions) {
    this.#keyring = keyring;
    this.#pauseMilliseconds = pauseSeconds * 1000;
    this.#now = now;
  }

  /** @throws {@link SealdropError} SERVICE_UNAVAILABLE, and whatever the other keyring throws. */
  async generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
    contentLengthBytes?: number,
  ): Promise<GeneratedDataKey> {
    return this.#ask(() => this.#keyring.generateDataKey(context, suite, signal, contentLengthBytes));
  }

  /** @throws {@link SealdropError} SERVICE_UNAVAILABLE, and whatever the other keyring throws. */
  async decryptDataKey(encryptedDataKey: EncryptedDataKey, signal?: AbortSignal): Promise<PlaintextDataKey> {
    return this.#ask(() => this.#keyring.decryptDataKey(encryptedDataKey, signal));
  }

  async #ask<Key>(call: () => Promise<Key>): Promise<Key> {
    for (;;) {
      if (this.#outage === undefined) return this.#watch(call);
      if (this.#now() < this.#outage.until) throw this.#outage.reason;
      if (this.#probe === undefined) return this.#try(call);
      await this.#probe;
    }
  }

  #try<Key>(call: () => Promise<Key>): Promise<Key> {
    const answer = this.#watch(call);
    const over = (): void => {
      this.#probe = undefined;
    };
    this.#probe = answer.then(over, over);
    return answer;
  }

  async #watch<Key>(call: () => Promise<Key>): Promise<Key> {
    try {
      const key = await call();
      this.#outage = undefined;
      return key;
    } catch (error) {
      this.#learn(error);
      throw error;
    }
  }

  #learn(error: unknown): void {
    const code = error instanceof SealdropError ? error.code : undefined;
    if (error instanceof SealdropError && code === 'SERVICE_UNAVAILABLE') {
      this.#outage = { reason: error, until: this.#now() + this.#pauseMilliseconds };
    }
    // Whoever was stopped did not hear whether there is an answer; every other failure is one.
    else if (code !== 'ABORTED') this.#outage = undefined;
  }
}
