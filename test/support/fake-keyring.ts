import {
  SealdropError,
  type EncryptionContext,
  type GeneratedDataKey,
  type Keyring,
  type PlaintextDataKey,
  type RewrappedDataKey,
  type SealdropErrorCode,
  type WrappingRecord,
} from '../../envelope/index.ts';
import type { FakeKms } from './fake-kms.ts';

const codes: Readonly<Record<string, SealdropErrorCode>> = {
  AccessDeniedException: 'ACCESS_DENIED',
  DisabledException: 'KEY_DISABLED',
  IncorrectKeyException: 'KEY_MISMATCH',
  InvalidCiphertextException: 'AUTHENTICATION_FAILED',
  KMSInvalidStateException: 'KEY_UNAVAILABLE',
  NotFoundException: 'KEY_NOT_FOUND',
  ThrottlingException: 'THROTTLED',
};

/** A keyring over one key of a {@link FakeKms}, without the SDK in between. */
export class FakeKeyring implements Keyring {
  readonly #kms: FakeKms;
  readonly #keyId: string;

  constructor(kms: FakeKms, keyId: string) {
    this.#kms = kms;
    this.#keyId = keyId;
  }

  generateDataKey(context: EncryptionContext, signal?: AbortSignal): Promise<GeneratedDataKey> {
    return this.#call(signal, () => {
      const answer = this.#kms.generateDataKey({ KeyId: this.#keyId, EncryptionContext: context });
      return {
        plaintext: answer.Plaintext,
        encryptedDataKey: answer.CiphertextBlob,
        keyArn: answer.KeyId,
        keyMaterialId: answer.KeyMaterialId,
      };
    });
  }

  decryptDataKey(
    encryptedDataKey: Uint8Array,
    context: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<PlaintextDataKey> {
    return this.#call(signal, () => {
      const answer = this.#kms.decrypt({
        KeyId: this.#keyId,
        CiphertextBlob: encryptedDataKey,
        EncryptionContext: context,
      });
      return { plaintext: answer.Plaintext, keyArn: answer.KeyId, keyMaterialId: answer.KeyMaterialId };
    });
  }

  rewrapDataKey(
    encryptedDataKey: Uint8Array,
    from: EncryptionContext,
    to: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<RewrappedDataKey> {
    return this.#call(signal, () => {
      const answer = this.#kms.reEncrypt({
        SourceKeyId: this.#keyId,
        DestinationKeyId: this.#keyId,
        CiphertextBlob: encryptedDataKey,
        SourceEncryptionContext: from,
        DestinationEncryptionContext: to,
      });
      return {
        encryptedDataKey: answer.CiphertextBlob,
        keyArn: answer.KeyId,
        keyMaterialId: answer.DestinationKeyMaterialId,
      };
    });
  }

  currentWrapping(signal?: AbortSignal): Promise<WrappingRecord> {
    return this.#call(signal, () => {
      const { Arn, CurrentKeyMaterialId } = this.#kms.describeKey({ KeyId: this.#keyId }).KeyMetadata;
      return { keyArn: Arn, keyMaterialId: CurrentKeyMaterialId };
    });
  }

  async #call<Answer>(signal: AbortSignal | undefined, ask: () => Answer): Promise<Answer> {
    await Promise.resolve();
    if (signal?.aborted === true) throw new SealdropError('ABORTED', 'stopped');
    try {
      return ask();
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      throw new SealdropError(codes[name] ?? 'SERVICE_FAILED', `the fake service answered ${name}`, {
        cause: error,
      });
    }
  }
}
