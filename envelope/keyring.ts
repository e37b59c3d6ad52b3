import type { EncryptionContext } from './encryption-context.ts';
import type { AlgorithmSuite } from './suite.ts';
import type { WrappingAlgorithm } from './wrapping-algorithm.ts';

/** Facts about a wrapping that are recorded with the object: hints, not evidence. */
export interface WrappingRecord {
  /** The ARN of the wrapping key. */
  readonly keyArn: string;
  /** The id of the key material that wrapped, where the key service tells it. */
  readonly keyMaterialId?: string;
}

/** A wrapped data key, and what an object's metadata tells of its wrapping. */
export interface EncryptedDataKey {
  readonly wrappingAlgorithm: WrappingAlgorithm;
  readonly ciphertext: Uint8Array;
  /**
   * What is stored beside it: with KMS the complete encryption context, which KMS authenticates; with a raw
   * key the material description, which nobody does.
   */
  readonly context: EncryptionContext;
  /** The suite of the content that the data key encrypts. */
  readonly suite: AlgorithmSuite;
}

/** A data key in the clear. Whoever receives it owns `plaintext`, and zero-fills it on every path. */
export interface PlaintextDataKey {
  /** 32 bytes. */
  readonly plaintext: Uint8Array;
  /** What wraps it, where the keyring tells. */
  readonly wrapping?: WrappingRecord;
}

/** A new data key, in the clear and wrapped. */
export interface GeneratedDataKey extends PlaintextDataKey {
  readonly encryptedDataKey: EncryptedDataKey;
}

/** A data key that was wrapped anew. */
export interface RewrappedDataKey {
  readonly encryptedDataKey: EncryptedDataKey;
  readonly wrapping: WrappingRecord;
}

/**
 * Makes and opens data keys. Implement it to keep data keys under any other key service.
 *
 * Spec: materials/keyrings.md#interface
 */
export interface Keyring {
  /**
   * Makes a data key that only this context opens.
   *
   * @param context - complete: it carries the algorithm's pair
   * @param contentLengthBytes - the length of the plaintext, where it is known: for keyrings that count how
   *   much a data key has sealed
   */
  generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
    contentLengthBytes?: number,
  ): Promise<GeneratedDataKey>;

  /**
   * Opens an encrypted data key. The caller has compared its context with the expected one.
   *
   * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED for a wrapping that is not the keyring's own.
   */
  decryptDataKey(encryptedDataKey: EncryptedDataKey, signal?: AbortSignal): Promise<PlaintextDataKey>;
}

/** Wraps data keys that were made elsewhere, without a key service: a keyring over a raw key. */
export interface DataKeyWrapper {
  /**
   * Wraps a data key that the caller holds, and zero-fills as soon as it is wrapped.
   *
   * @param suite - the suite of the content that the data key encrypts
   */
  wrapDataKey(dataKey: Uint8Array, suite: AlgorithmSuite): Promise<EncryptedDataKey>;
}

/** A keyring that can also wrap a data key anew without showing it to the caller. */
export interface RewrappingKeyring extends Keyring {
  /**
   * Wraps the same data key again under the newest material of the wrapping key.
   *
   * @param to - the context of the new wrapping, complete
   * @param noted - which key wrapped, as far as somebody noted it: which one to try first, and no more
   */
  rewrapDataKey(
    encryptedDataKey: EncryptedDataKey,
    to: EncryptionContext,
    signal?: AbortSignal,
    noted?: WrappingRecord,
  ): Promise<RewrappedDataKey>;

  /** What {@link rewrapDataKey} would wrap with now. */
  currentWrapping(signal?: AbortSignal): Promise<WrappingRecord>;
}
