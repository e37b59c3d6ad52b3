import type {
  EncryptedDataKey,
  EncryptionContext,
  RewrappedDataKey,
  RewrappingKeyring,
  WrappingRecord,
} from '../envelope/index.ts';
import type { RequestPace } from './request-pace.ts';

/** The part of a keyring that rewrapping asks. */
export type Rewrapper = Pick<RewrappingKeyring, 'rewrapDataKey' | 'currentWrapping'>;

/** A keyring whose data keys are rewrapped at a given pace. */
export class PacedKeyring implements Rewrapper {
  readonly #keyring: Rewrapper;
  readonly #pace: RequestPace;

  constructor(keyring: Rewrapper, pace: RequestPace) {
    this.#keyring = keyring;
    this.#pace = pace;
  }

  /** @throws whatever the keyring throws; {@link SealdropError} ABORTED. */
  async rewrapDataKey(
    encryptedDataKey: EncryptedDataKey,
    to: EncryptionContext,
    signal?: AbortSignal,
    noted?: WrappingRecord,
  ): Promise<RewrappedDataKey> {
    const send = (): Promise<RewrappedDataKey> =>
      this.#keyring.rewrapDataKey(encryptedDataKey, to, signal, noted);
    return this.#pace.inTurn(send, signal);
  }

  /** @throws whatever the keyring throws. */
  async currentWrapping(signal?: AbortSignal): Promise<WrappingRecord> {
    return this.#keyring.currentWrapping(signal);
  }
}
