import type {
  AlgorithmSuite,
  EncryptedDataKey,
  EncryptionContext,
  GeneratedDataKey,
  Keyring,
  PlaintextDataKey,
} from '../envelope/index.ts';
import type { RequestPace } from './request-pace.ts';

/** A keyring whose data keys are made and opened at a given pace. */
export class PacedDataKeys implements Keyring {
  readonly #keyring: Keyring;
  readonly #pace: RequestPace;

  constructor(keyring: Keyring, pace: RequestPace) {
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
}
