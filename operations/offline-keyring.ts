import {
  SealdropError,
  type EncryptedDataKey,
  type GeneratedDataKey,
  type Keyring,
  type PlaintextDataKey,
} from '../envelope/index.ts';
import { DataKeyFile } from './data-key-file.ts';

/**
 * A keyring that opens what a file of data keys holds, for the time that the file is for, and asks no key service.
 * All that is checked of an object is checked as ever; only the data key comes from elsewhere.
 */
export class OfflineKeyring implements Keyring {
  readonly #file: DataKeyFile;
  readonly #now: () => number;

  /** @param now - the clock of the day, in milliseconds since 1970 */
  constructor(file: DataKeyFile, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
  }

  /** @throws {@link SealdropError} REQUEST_UNSUPPORTED, always: nobody could open it later. */
  generateDataKey(): Promise<GeneratedDataKey> {
    const message = 'a cache of data keys opens objects, and seals none';
    const hint = 'seal as soon as KMS can be reached';
    return Promise.reject(new SealdropError('REQUEST_UNSUPPORTED', message, { hint }));
  }

  /** @throws {@link SealdropError} DATA_KEY_NOT_CACHED, DATA_KEY_CACHE_EXPIRED, DATA_KEY_CACHE_INVALID. */
  async decryptDataKey(encryptedDataKey: EncryptedDataKey): Promise<PlaintextDataKey> {
    await Promise.resolve();
    this.assertInTime();
    const plaintext = this.#file.find(encryptedDataKey);
    if (plaintext !== undefined) return { plaintext };
    throw new SealdropError('DATA_KEY_NOT_CACHED', 'its data key is not in the cache');
  }

  /**
   * Checks that the file's time has come and is not over. A clock that was turned back further than the file is old
   * is seen; by less, it is not.
   *
   * @throws {@link SealdropError} DATA_KEY_CACHE_EXPIRED
   */
  assertInTime(): void {
    const { createdAtMilliseconds, expiresAtMilliseconds } = this.#file.header;
    const now = this.#now();
    if (now >= expiresAtMilliseconds) {
      throw expired(`the cache was for the time until ${instant(expiresAtMilliseconds)}, which is over`);
    }
    if (now >= createdAtMilliseconds) return;
    throw expired(
      `the cache was made at ${instant(createdAtMilliseconds)}, which is yet to come by the clock of this machine`,
      'set the clock of this machine right',
    );
  }

  /** Zero-fills what opens the data keys. */
  close(): void {
    this.#file.close();
  }
}

/**
 * Opens a file of data keys whose time it is.
 *
 * @param passphrase - zero-filled before this returns
 * @throws {@link SealdropError} DATA_KEY_CACHE_INVALID, DATA_KEY_CACHE_EXPIRED.
 */
export async function openOfflineKeyring(
  bytes: Buffer,
  passphrase: Uint8Array,
  now: () => number = Date.now,
): Promise<OfflineKeyring> {
  const keyring = new OfflineKeyring(await DataKeyFile.open(bytes, passphrase), now);
  try {
    keyring.assertInTime();
    return keyring;
  } catch (error) {
    keyring.close();
    throw error;
  }
}

function expired(message: string, hint?: string): SealdropError {
  return new SealdropError('DATA_KEY_CACHE_EXPIRED', message, hint === undefined ? {} : { hint });
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
