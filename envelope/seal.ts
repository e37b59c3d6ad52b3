import { encodeEnvelope, type Metadata } from './content-metadata.ts';
import { ContentEncryptor } from './encryption.ts';
import { withAlgorithmPair, type EncryptionContext } from './encryption-context.ts';
import type { Keyring, WrappingRecord } from './keyring.ts';

/** An envelope that is ready for its content. */
export interface StartedSeal {
  readonly encryptor: ContentEncryptor;
  /** The entries to store with the object. */
  readonly metadata: Metadata;
  readonly wrapping: WrappingRecord;
}

/**
 * Starts to seal one object: a new data key, a new message id, the envelope. The plaintext data key is
 * zero-filled before this returns, whether it succeeds or not.
 *
 * @param context - as {@link bindContext} returns it
 * @throws whatever the keyring throws; {@link SealdropError} DATA_KEY_INVALID.
 */
export async function startSeal(
  keyring: Keyring,
  context: EncryptionContext,
  signal?: AbortSignal,
): Promise<StartedSeal> {
  const encryptionContext = withAlgorithmPair(context);
  const dataKey = await keyring.generateDataKey(encryptionContext, signal);
  try {
    const encryptor = new ContentEncryptor(dataKey.plaintext);
    const metadata = encodeEnvelope({
      encryptedDataKey: dataKey.encryptedDataKey,
      commitment: encryptor.commitment,
      messageId: encryptor.messageId,
      encryptionContext,
    });
    const { keyArn, keyMaterialId } = dataKey;
    return {
      encryptor,
      metadata,
      wrapping: keyMaterialId === undefined ? { keyArn } : { keyArn, keyMaterialId },
    };
  } finally {
    dataKey.plaintext.fill(0);
  }
}
