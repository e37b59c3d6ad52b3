import { encodeEnvelope, parseEnvelope } from './content-metadata.ts';
import { assertContextMatches, type EncryptionContext } from './encryption-context.ts';
import type { RewrappingKeyring, WrappingRecord } from './keyring.ts';
import type { Metadata } from './metadata-names.ts';
import { unsupportedWrapping } from './wrapping-algorithm.ts';

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
 * @param expectedContext - computed by the caller from its own knowledge, as {@link bindContext} returns it
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_UNSUPPORTED,
 *   ENVELOPE_MALFORMED, CONTEXT_MISMATCH, and whatever the keyring throws.
 */
export async function rewrapEnvelope(
  keyring: RewrappingKeyring,
  metadata: Metadata,
  expectedContext: EncryptionContext,
  signal?: AbortSignal,
): Promise<RewrappedEnvelope> {
  const envelope = parseEnvelope(metadata);
  const { wrappingAlgorithm, context } = envelope.encryptedDataKey;
  if (wrappingAlgorithm !== 'kms+context') throw unsupportedWrapping(wrappingAlgorithm);
  assertContextMatches(context, expectedContext);
  const { encryptedDataKey, wrapping } = await keyring.rewrapDataKey(
    envelope.encryptedDataKey,
    context,
    signal,
  );
  return { metadata: encodeEnvelope({ ...envelope, encryptedDataKey }), wrapping };
}
