import { createHash } from 'node:crypto';
import {
  committingSuite,
  SealdropError,
  type AlgorithmSuite,
  type EncryptedDataKey,
  type EncryptionContext,
  type GeneratedDataKey,
  type Keyring,
  type PlaintextDataKey,
} from '../envelope/index.ts';
import { DataKeyCache } from './data-key-cache.ts';
import { digestOfParts, partsOfEncrypted, sortedPairs } from './data-key-id.ts';
import { isCacheLimit, sealingCacheMost } from './sealing-cache-most.ts';

/** How far one data key may be shared between objects that are sealed. */
export interface SealingCacheLimits {
  /**
   * For how long a data key is used, from the moment that it was asked for: 1 to 86,400.
   * @defaultValue 60
   */
  readonly maxAgeSeconds?: number;
  /**
   * How many objects one data key seals: 1 to 2^32.
   * @defaultValue 100
   */
  readonly maxMessages?: number;
  /**
   * How many bytes of plaintext one data key seals. An object whose length nobody declared counts as the
   * longest that there can be, 2^36 - 32 bytes. One that reaches the limit by itself gets its own data key.
   * @defaultValue 2^36 - 32, as much as one object can hold
   */
  readonly maxBytes?: number;
  /**
   * How many data keys are held at once: 1 to 100,000. Whichever was used least recently goes first.
   * @defaultValue 100
   */
  readonly capacity?: number;
}

/** For how long, and how many, opened data keys are held. */
export interface OpeningCacheLimits {
  /**
   * For how long an opened data key is used, from the moment that it was asked for: 1 to 86,400. A reader
   * whose permission ends goes on reading what it read for as long.
   * @defaultValue 60
   */
  readonly maxAgeSeconds?: number;
  /**
   * How many data keys are held at once: 1 to 100,000. Whichever was used least recently goes first.
   * @defaultValue 100
   */
  readonly capacity?: number;
}

/** What a {@link CachingKeyring} is made of. */
export interface CachingKeyringOptions {
  /** Whoever is asked for what is not held. */
  readonly keyring: Keyring;
  /** Tells which wrapping key the keyring uses: its ARN, or another name of the caller's own. */
  readonly keyId: string;
  readonly sealing?: SealingCacheLimits;
  readonly opening?: OpeningCacheLimits;
  /**
   * A clock that only goes forward, in milliseconds.
   * @defaultValue `performance.now()`, which may stand still while the machine, or the function, is frozen
   */
  readonly now?: () => number;
}

/** What a {@link CachingKeyring} has done so far. */
export interface CachingKeyringCounts {
  /** Requests to seal that made no call of their own: the data key was held, or on its way to another. */
  readonly sealHits: number;
  /** Calls of the keyring to make a data key, those included that nobody may share. */
  readonly sealMisses: number;
  /** Requests to open that made no call of their own. */
  readonly openHits: number;
  /** Calls of the keyring to open a data key. */
  readonly openMisses: number;
  /** Data keys that were held and then zero-filled: too old, used up, replaced, pushed out, or at the end. */
  readonly evictions: number;
}

/** The pair that makes a context one object's own, so that no second object can share its data key. */
const objectPairName = 'sealdrop-key-sha256';

/**
 * A keyring that asks another less often: it holds data keys in memory for a bounded time, and lets those who
 * ask for the same one at once share one call. So work goes on while the key service cannot be reached; past
 * the limits, whatever the other keyring throws is thrown.
 *
 * - A data key seals several objects only under the same wrapping key, context and suite. The suite must be
 *   the committing one, where each object derives its own content key, and the context must not name one
 *   object (binding `object`); everything else goes straight to the other keyring.
 * - An opened data key is held for the same encrypted data key under the same wrapping algorithm, context and
 *   suite. What a reader accepts is checked before the keyring is asked, every time; so no commitment policy
 *   is part of it. What was sealed is not held for opening.
 * - Every plaintext data key that is handed out is the caller's own copy. The one that is held is zero-filled
 *   as soon as it is too old, used up, replaced or pushed out, and by {@link CachingKeyring.close}.
 */
export class CachingKeyring implements Keyring {
  readonly #keyring: Keyring;
  readonly #keyId: string;
  readonly #sealing: DataKeyCache<GeneratedDataKey>;
  readonly #opening: DataKeyCache<PlaintextDataKey>;

  /** @throws {@link SealdropError} CONFIGURATION_INVALID for a limit out of its range, and an empty key id. */
  constructor(options: CachingKeyringOptions) {
    const { keyring, keyId, sealing = {}, opening = {}, now = () => performance.now() } = options;
    if (typeof keyId !== 'string' || keyId === '') {
      throw invalid('keyId', 'set keyId to the ARN of the wrapping key, or to another name for it');
    }
    this.#keyring = keyring;
    this.#keyId = keyId;
    this.#sealing = new DataKeyCache({
      capacity: limit('sealing.capacity', sealing.capacity, 100, sealingCacheMost.capacity),
      maxAgeMilliseconds:
        1000 * limit('sealing.maxAgeSeconds', sealing.maxAgeSeconds, 60, sealingCacheMost.maxAgeSeconds),
      maxMessages: limit('sealing.maxMessages', sealing.maxMessages, 100, sealingCacheMost.maxMessages),
      maxBytes: limit(
        'sealing.maxBytes',
        sealing.maxBytes,
        committingSuite.maxContentBytes,
        sealingCacheMost.maxBytes,
      ),
      now,
      copy: copyOfGenerated,
    });
    this.#opening = new DataKeyCache({
      capacity: limit('opening.capacity', opening.capacity, 100, sealingCacheMost.capacity),
      maxAgeMilliseconds:
        1000 * limit('opening.maxAgeSeconds', opening.maxAgeSeconds, 60, sealingCacheMost.maxAgeSeconds),
      maxMessages: Infinity,
      maxBytes: Infinity,
      now,
      copy: copyOfOpened,
    });
  }

  /** What was done so far. */
  get counts(): CachingKeyringCounts {
    return {
      sealHits: this.#sealing.hits,
      sealMisses: this.#sealing.misses,
      openHits: this.#opening.hits,
      openMisses: this.#opening.misses,
      evictions: this.#sealing.evictions + this.#opening.evictions,
    };
  }

  /**
   * A data key for this context, which may have sealed other objects under the same one.
   *
   * @param contentLengthBytes - the plaintext's length where it is known, for {@link SealingCacheLimits.maxBytes}
   * @throws {@link SealdropError} ABORTED, and whatever the other keyring throws.
   */
  async generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
    contentLengthBytes?: number,
  ): Promise<GeneratedDataKey> {
    if (!suite.isCommitting || Object.hasOwn(context, objectPairName)) {
      return this.#sealing.bypass(() =>
        this.#keyring.generateDataKey(context, suite, signal, contentLengthBytes),
      );
    }
    const own = { ...context };
    return this.#sealing.get({
      id: cacheId([this.#keyId, suite.name, ...sortedPairs(own)]),
      bytes: isLength(contentLengthBytes) ? contentLengthBytes : suite.maxContentBytes,
      dataKeyBytes: suite.dataKeyBytes,
      ask: (stop) => this.#keyring.generateDataKey(own, suite, stop),
      signal,
    });
  }

  /** @throws {@link SealdropError} ABORTED, and whatever the other keyring throws. */
  async decryptDataKey(encryptedDataKey: EncryptedDataKey, signal?: AbortSignal): Promise<PlaintextDataKey> {
    const own = copyOfEncrypted(encryptedDataKey);
    return this.#opening.get({
      id: cacheId([this.#keyId, ...partsOfEncrypted(own)]),
      bytes: 0,
      dataKeyBytes: own.suite.dataKeyBytes,
      ask: (stop) => this.#keyring.decryptDataKey(own, stop),
      signal,
    });
  }

  /**
   * Zero-fills every data key that is held, and holds none from now on. Requests go straight to the other
   * keyring, so that the work which is still under way at the end of a process does not fail.
   */
  close(): void {
    this.#sealing.close();
    this.#opening.close();
  }
}

function limit(option: string, value: number | undefined, byDefault: number, atMost: number): number {
  const chosen = value ?? byDefault;
  if (isCacheLimit(chosen, atMost)) return chosen;
  throw invalid(option, `set ${option} to a whole number from 1 to ${atMost}`);
}

function invalid(option: string, hint: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', `${option} is out of its range`, {
    fields: { option },
    hint,
  });
}

/** Callers without types: what is no length was not declared. */
function isLength(bytes: number | undefined): bytes is number {
  return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0;
}

function cacheId(parts: readonly (string | Uint8Array)[]): string {
  return digestOfParts(createHash('sha256'), parts);
}

function copyOfEncrypted(encryptedDataKey: EncryptedDataKey): EncryptedDataKey {
  const { ciphertext, context } = encryptedDataKey;
  return { ...encryptedDataKey, ciphertext: new Uint8Array(ciphertext), context: { ...context } };
}

function copyOfOpened({ plaintext, wrapping }: PlaintextDataKey): PlaintextDataKey {
  const own = { plaintext: new Uint8Array(plaintext) };
  return wrapping === undefined ? own : { ...own, wrapping: { ...wrapping } };
}

function copyOfGenerated(key: GeneratedDataKey): GeneratedDataKey {
  return { ...copyOfOpened(key), encryptedDataKey: copyOfEncrypted(key.encryptedDataKey) };
}
