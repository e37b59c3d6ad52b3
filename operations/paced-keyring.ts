import type {
  AlgorithmSuite,
  EncryptedDataKey,
  EncryptionContext,
  GeneratedDataKey,
  PlaintextDataKey,
  RewrappedDataKey,
  RewrappingKeyring,
  WrappingRecord,
} from '../envelope/index.ts';
import type { RequestPace } from './request-pace.ts';

/** A keyring whose data keys are made, opened and rewrapped at a given pace. */
export class PacedKeyring implements RewrappingKeyring {
  readonly #keyring: RewrappingKeyring;
  readonly #pace: RequestPace;

  constructor(keyring: RewrappingKeyring, pace: RequestPace) {
    this.#keyring = keyring;
    this.#pace = pace;
  }

  /** @throws whatever the keyring throws; {@link SealdropError} ABORTED. */
  async generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
    contentLengthBytes?: number,
  ): Promise<GeneratedDataKey> {
    const send = (): Promise<GeneratedDataKey> =>
      this.#keyring.generateDataKey(context, suite, signal, contentLengthBytes);
    return this.#pace.inTurn(send, signal);
  }

  /** @throws whatever the keyring throws; {@link SealdropError} ABORTED. */
  async decryptDataKey(encryptedDataKey: EncryptedDataKey, signal?: AbortSignal): Promise<PlaintextDataKey> {
    return this.#pace.inTurn(() => this.#keyring.decryptDataKey(encryptedDataKey, signal), signal);
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

  /** Waits for no turn: it is asked once, or answered without a request. @throws whatever the keyring throws. */
  async currentWrapping(signal?: AbortSignal): Promise<WrappingRecord> {
    return this.#keyring.currentWrapping(signal);
  }
}
