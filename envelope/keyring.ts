import type { EncryptionContext } from './encryption-context.ts';

/** Facts about a wrapping that are recorded with the object: hints, not evidence. */
export interface WrappingRecord {
  /** The ARN of the wrapping key. */
  readonly keyArn: string;
  /** The id of the key material that wrapped, where the key service tells it. */
  readonly keyMaterialId?: string;
}

/** A data key in the clear. Whoever receives it owns `plaintext`, and zero-fills it on every path. */
export interface PlaintextDataKey extends WrappingRecord {
  /** 32 bytes. */
  readonly plaintext: Uint8Array;
}

/** A data key that was wrapped anew. */
export interface RewrappedDataKey extends WrappingRecord {
  readonly encryptedDataKey: Uint8Array;
}

/** A new data key, in the clear and wrapped. */
export interface GeneratedDataKey extends PlaintextDataKey, RewrappedDataKey {}

/**
 * Makes, opens and rewraps data keys. Contexts are complete: they carry the algorithm's pair.
 *
 * Spec: materials/keyrings.md#interface
 */
export interface Keyring {
  /** Makes a data key that only this context opens. */
  generateDataKey(context: EncryptionContext, signal?: AbortSignal): Promise<GeneratedDataKey>;

  /** Opens an encrypted data key under the context that it was wrapped with. */
  decryptDataKey(
    encryptedDataKey: Uint8Array,
    context: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<PlaintextDataKey>;

  /**
   * Wraps the same data key again under the newest material of the wrapping key, without showing it to the
   * caller.
   */
  rewrapDataKey(
    encryptedDataKey: Uint8Array,
    from: EncryptionContext,
    to: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<RewrappedDataKey>;

  /** What {@link rewrapDataKey} would wrap with now. */
  currentWrapping(signal?: AbortSignal): Promise<WrappingRecord>;
}
