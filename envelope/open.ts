import { parseEnvelope, type Metadata } from './content-metadata.ts';
import { ContentDecryptor } from './decryption.ts';
import { assertContextMatches, type EncryptionContext } from './encryption-context.ts';
import type { Keyring } from './keyring.ts';

/**
 * Starts to open one object. The checks, in order: the envelope's form, the context against the expected
 * one, the data key by the keyring, the commitment. The plaintext data key is zero-filled before this
 * returns, whether it succeeds or not.
 *
 * @param metadata - the object's metadata; entries of others are passed over
 * @param expectedContext - computed by the caller from its own knowledge, as {@link bindContext} returns it
 * @throws {@link SealdropError} NOT_SEALED, ENVELOPE_UNSUPPORTED, ENVELOPE_MALFORMED, CONTEXT_MISMATCH,
 *   AUTHENTICATION_FAILED, DATA_KEY_INVALID, and whatever the keyring throws.
 */
export async function startOpen(
  keyring: Keyring,
  metadata: Metadata,
  expectedContext: EncryptionContext,
  signal?: AbortSignal,
): Promise<ContentDecryptor> {
  const envelope = parseEnvelope(metadata);
  assertContextMatches(envelope.encryptionContext, expectedContext);
  const dataKey = await keyring.decryptDataKey(envelope.encryptedDataKey, envelope.encryptionContext, signal);
  try {
    return new ContentDecryptor(dataKey.plaintext, envelope.messageId, envelope.commitment);
  } finally {
    dataKey.plaintext.fill(0);
  }
}
