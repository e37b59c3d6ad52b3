import { algorithmPairName, encodeContext, parseContext } from './encryption-context.ts';
import type { CommittingContent, Envelope } from './envelope.ts';
import type { EncryptedDataKey } from './keyring.ts';
import { base64, malformedEntry, type MetadataEntries } from './metadata-entries.ts';
import {
  CONTENT_CIPHER_V3,
  ENCRYPTED_DATA_KEY_ALGORITHM_V3,
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTION_CONTEXT_V3,
  KEY_COMMITMENT_V3,
  MAT_DESC_V3,
  MESSAGE_ID_V3,
  type Metadata,
} from './metadata-names.ts';
import { committingSuite } from './suite.ts';
import { storedBeside, wrappingFromV3, wrappingToV3, type WrappingAlgorithm } from './wrapping-algorithm.ts';

/**
 * The entries of a V3 envelope.
 *
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED for a legacy wrapping, which V3 does not have.
 */
export function encodeV3(encryptedDataKey: EncryptedDataKey, content: CommittingContent): Metadata {
  const { wrappingAlgorithm, ciphertext, context } = encryptedDataKey;
  const isDescribed =
    storedBeside(wrappingAlgorithm) === 'encryption-context' || Object.keys(context).length > 0;
  return {
    [CONTENT_CIPHER_V3]: content.suite.metadataValue,
    [ENCRYPTED_DATA_KEY_V3]: base64(ciphertext),
    [ENCRYPTED_DATA_KEY_ALGORITHM_V3]: wrappingToV3(wrappingAlgorithm),
    [KEY_COMMITMENT_V3]: base64(content.commitment),
    [MESSAGE_ID_V3]: base64(content.messageId),
    ...(isDescribed ? { [contextEntry(wrappingAlgorithm)]: encodeContext(context) } : {}),
  };
}

/** @throws {@link SealdropError} ENVELOPE_MALFORMED, ENVELOPE_UNSUPPORTED */
export function parseV3(entries: MetadataEntries): Envelope {
  const contentAlgorithm = entries.required(CONTENT_CIPHER_V3);
  if (contentAlgorithm !== committingSuite.metadataValue) throw malformedEntry(CONTENT_CIPHER_V3);
  const wrappingAlgorithm = wrappingFromV3(entries.required(ENCRYPTED_DATA_KEY_ALGORITHM_V3));
  const ownEntry = contextEntry(wrappingAlgorithm);
  entries.assertAbsent(ownEntry === MAT_DESC_V3 ? ENCRYPTION_CONTEXT_V3 : MAT_DESC_V3);
  const context = parseContext(entries.optional(ownEntry) ?? '{}');
  // KMS authenticates the context, so its pair tells when the metadata was given another algorithm.
  if (ownEntry === ENCRYPTION_CONTEXT_V3 && context[algorithmPairName] !== contentAlgorithm) {
    throw malformedEntry(ENCRYPTION_CONTEXT_V3);
  }
  return {
    encryptedDataKey: {
      wrappingAlgorithm,
      ciphertext: entries.bytes(ENCRYPTED_DATA_KEY_V3),
      context,
      suite: committingSuite,
    },
    content: {
      suite: committingSuite,
      commitment: entries.bytes(KEY_COMMITMENT_V3, committingSuite.commitmentBytes),
      messageId: entries.bytes(MESSAGE_ID_V3, committingSuite.messageIdBytes),
    },
  };
}

function contextEntry(wrappingAlgorithm: WrappingAlgorithm): string {
  return storedBeside(wrappingAlgorithm) === 'encryption-context' ? ENCRYPTION_CONTEXT_V3 : MAT_DESC_V3;
}
