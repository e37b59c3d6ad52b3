import { encodeEnvelope, parseEnvelope, type Metadata } from './content-metadata.ts';
import { assertContextMatches, type EncryptionContext } from './encryption-context.ts';
import type { Keyring, WrappingRecord } from './keyring.ts';

/** The metadata of an object whose data key was wrapped anew. */
export interface RewrappedEnvelope {
  /** The entries of the format, to replace the old ones. */
  readonly metadata: Metadata;
  readonly wrapping: WrappingRecord;
}

/**
 * Wraps an object's data key anew under the same context. The content, its message id and its commitment
 * stay as they are, and the data key is never seen.
 *
 * @param expectedContext - as in {@link startOpen}
 * @throws {@link SealdropError} NOT_SEALED, ENVELOPE_UNSUPPORTED, ENVELOPE_MALFORMED, CONTEXT_MISMATCH, and
 *   whatever the keyring throws.
 */
export async function rewrapEnvelope(
  keyring: Keyring,
  metadata: Metadata,
  expectedContext: EncryptionContext,
  signal?: AbortSignal,
): Promise<RewrappedEnvelope> {
  const envelope = parseEnvelope(metadata);
  const context = envelope.encryptionContext;
  assertContextMatches(context, expectedContext);
  const { encryptedDataKey, ...wrapping } = await keyring.rewrapDataKey(
    envelope.encryptedDataKey,
    context,
    context,
    signal,
  );
  return { metadata: encodeEnvelope({ ...envelope, encryptedDataKey }), wrapping };
}
