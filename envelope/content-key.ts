import { SealdropError } from './errors.ts';
import type { CipherInputs } from './content-cipher.ts';
import type { CommittingContent, ContentParameters } from './envelope.ts';
import { verifyCommitment } from './key-commitment.ts';
import { deriveContentKey } from './key-derivation.ts';
import type { AlgorithmSuite } from './suite.ts';

/**
 * Checks the length of a data key that a keyring returned.
 *
 * @throws {@link SealdropError} DATA_KEY_INVALID where it is not what the suite takes.
 */
export function assertDataKey(dataKey: Uint8Array, { dataKeyBytes }: AlgorithmSuite): void {
  if (dataKey.length === dataKeyBytes) return;
  throw new SealdropError('DATA_KEY_INVALID', `the data key has ${dataKey.length} bytes`);
}

/**
 * Lends what the content's cipher takes to `use`, and zero-fills it afterwards. With a committing suite the
 * commitment is verified first, and only then is the content key derived.
 *
 * Spec: decryption.md#decrypting-with-commitment
 *
 * @param dataKey - the caller's own, who zero-fills it
 * @throws {@link SealdropError} AUTHENTICATION_FAILED where the commitment is of another data key,
 *   DATA_KEY_INVALID.
 */
export function withContentKey<Result>(
  dataKey: Uint8Array,
  content: ContentParameters,
  use: (inputs: CipherInputs) => Result,
): Result {
  assertDataKey(dataKey, content.suite);
  if (!isCommitting(content)) return use({ key: dataKey, iv: content.iv });
  verifyCommitment(dataKey, content.messageId, content.commitment);
  const key = deriveContentKey(dataKey, content.messageId);
  try {
    return use({ key, iv: content.suite.iv, aad: content.suite.idBytes });
  } finally {
    key.fill(0);
  }
}

/** Tells the two kinds of content parameters apart. */
export function isCommitting(content: ContentParameters): content is CommittingContent {
  return content.suite.isCommitting;
}
