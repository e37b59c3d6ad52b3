import {
  SealdropError,
  storedBeside,
  unsupportedWrapping,
  type AlgorithmSuite,
  type EncryptedDataKey,
  type EncryptionContext,
  type GeneratedDataKey,
  type PlaintextDataKey,
  type RewrappedDataKey,
  type RewrappingKeyring,
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

/**
 * A keyring over one key of a {@link FakeKms}, without the SDK in between. It opens the wrappings of further keys,
 * where some are given: a noted one of them first, as the real one does.
 */
export class FakeKeyring implements RewrappingKeyring {
  readonly #kms: FakeKms;
  readonly #keyId: string;
  readonly #acceptedKeyIds: readonly string[];

  constructor(kms: FakeKms, keyId: string, acceptedKeyIds: readonly string[] = []) {
    this.#kms = kms;
    this.#keyId = keyId;
    this.#acceptedKeyIds = acceptedKeyIds;
  }

  generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
  ): Promise<GeneratedDataKey> {
    return this.#call(signal, () => {
      const answer = this.#kms.generateDataKey({ KeyId: this.#keyId, EncryptionContext: context });
      return {
        plaintext: answer.Plaintext,
        encryptedDataKey: {
          wrappingAlgorithm: 'kms+context',
          ciphertext: answer.CiphertextBlob,
          context,
          suite,
        },
        wrapping: { keyArn: answer.KeyId, keyMaterialId: answer.KeyMaterialId },
      };
    });
  }

  decryptDataKey(
    { wrappingAlgorithm, ciphertext, context }: EncryptedDataKey,
    signal?: AbortSignal,
  ): Promise<PlaintextDataKey> {
    return this.#call(signal, () => {
      if (storedBeside(wrappingAlgorithm) !== 'encryption-context') {
        throw unsupportedWrapping(wrappingAlgorithm);
      }
      const answer = this.#whicheverWrapped((KeyId) =>
        this.#kms.decrypt({ KeyId, CiphertextBlob: ciphertext, EncryptionContext: context }),
      );
      return {
        plaintext: answer.Plaintext,
        wrapping: { keyArn: answer.KeyId, keyMaterialId: answer.KeyMaterialId },
      };
    });
  }

  rewrapDataKey(
    encryptedDataKey: EncryptedDataKey,
    to: EncryptionContext,
    signal?: AbortSignal,
    noted?: WrappingRecord,
  ): Promise<RewrappedDataKey> {
    return this.#call(signal, () => {
      const reEncrypt = (SourceKeyId: string) =>
        this.#kms.reEncrypt({
          SourceKeyId,
          DestinationKeyId: this.#keyId,
          CiphertextBlob: encryptedDataKey.ciphertext,
          SourceEncryptionContext: encryptedDataKey.context,
          DestinationEncryptionContext: to,
        });
      const answer = this.#whicheverWrapped(reEncrypt, noted?.keyArn);
      return {
        encryptedDataKey: { ...encryptedDataKey, ciphertext: answer.CiphertextBlob, context: to },
        wrapping: { keyArn: answer.KeyId, keyMaterialId: answer.DestinationKeyMaterialId },
      };
    });
  }

  currentWrapping(signal?: AbortSignal): Promise<WrappingRecord> {
    return this.#call(signal, () => {
      const { Arn, CurrentKeyMaterialId } = this.#kms.describeKey({ KeyId: this.#keyId }).KeyMetadata;
      return { keyArn: Arn, keyMaterialId: CurrentKeyMaterialId };
    });
  }

  #whicheverWrapped<Answer>(ask: (keyId: string) => Answer, noted?: string): Answer {
    const accepted = [this.#keyId, ...this.#acceptedKeyIds];
    const inTurn = [...accepted.filter((id) => id === noted), ...accepted.filter((id) => id !== noted)];
    let mismatch: unknown;
    for (const keyId of inTurn) {
      try {
        return ask(keyId);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'IncorrectKeyException')) throw error;
        mismatch = error;
      }
    }
    throw mismatch;
  }

  async #call<Answer>(signal: AbortSignal | undefined, ask: () => Answer): Promise<Answer> {
    await Promise.resolve();
    if (signal?.aborted === true) throw new SealdropError('ABORTED', 'stopped');
    try {
      return ask();
    } catch (error) {
      if (error instanceof SealdropError) throw error;
      const name = error instanceof Error ? error.name : '';
      throw new SealdropError(codes[name] ?? 'SERVICE_FAILED', `the fake service answered ${name}`, {
        cause: error,
      });
    }
  }
}
