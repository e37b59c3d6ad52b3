import { encodeEnvelope } from './content-metadata.ts';
import { ContentEncryptor, newContentParameters } from './encryption.ts';
import { completeContext, type EncryptionContext } from './encryption-context.ts';
import type { EncryptedDataKey, Keyring, WrappingRecord } from './keyring.ts';
import type { Metadata } from './metadata-names.ts';
import { committingSuite, type AlgorithmSuite } from './suite.ts';
import { isLegacyWrapping, unsupportedWrapping } from './wrapping-algorithm.ts';

/** An envelope that is ready for its content. */
export interface StartedSeal {
  readonly encryptor: ContentEncryptor;
  /** The entries to store with the object; {@link splitEnvelope} cuts them for an instruction file. */
  readonly metadata: Metadata;
  /** What wraps the data key, where the keyring tells. */
  readonly wrapping?: WrappingRecord;
}

/** How one object is sealed. */
export interface SealOptions {
  /**
   * As {@link suiteForSealing} returns it.
   * @defaultValue the committing suite
   */
  readonly suite?: AlgorithmSuite;
  /** The length of the plaintext, where it is known: the keyring may count it. */
  readonly contentLengthBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts to seal one object: a new data key, a new message id, the envelope. The plaintext data key is
 * zero-filled before this returns, whether it succeeds or not.
 *
 * @param context - as {@link bindContext} returns it
 * @throws whatever the keyring throws; {@link SealdropError} CONTEXT_INVALID, DATA_KEY_INVALID;
 *   ENVELOPE_UNSUPPORTED where the keyring wrapped with a legacy algorithm.
 */
export async function startSeal(
  keyring: Keyring,
  context: EncryptionContext,
  options: SealOptions = {},
): Promise<StartedSeal> {
  const { suite = committingSuite, signal, contentLengthBytes } = options;
  const complete = completeContext(context, suite);
  const dataKey = await keyring.generateDataKey(complete, suite, signal, contentLengthBytes);
  try {
    assertWritable(dataKey.encryptedDataKey);
    const content = newContentParameters(dataKey.plaintext, suite);
    const encryptor = new ContentEncryptor(dataKey.plaintext, content);
    const metadata = encodeEnvelope({ encryptedDataKey: dataKey.encryptedDataKey, content });
    const { wrapping } = dataKey;
    return wrapping === undefined ? { encryptor, metadata } : { encryptor, metadata, wrapping };
  } finally {
    dataKey.plaintext.fill(0);
  }
}

/** Legacy algorithms are only read. */
function assertWritable({ wrappingAlgorithm }: EncryptedDataKey): void {
  if (isLegacyWrapping(wrappingAlgorithm)) throw unsupportedWrapping(wrappingAlgorithm);
}
