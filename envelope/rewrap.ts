import { parseEnvelope } from './content-metadata.ts';
import {
  callersContext,
  completeContext,
  encodeContext,
  keyPairName,
  type EncryptionContext,
} from './encryption-context.ts';
import { assertExpectedContext } from './expected-context.ts';
import type { EncryptedDataKey, RewrappingKeyring, WrappingRecord } from './keyring.ts';
import { base64 } from './metadata-entries.ts';
import {
  ENCRYPTED_DATA_KEY_V2,
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTION_CONTEXT_V3,
  MAT_DESC,
  onlyEnvelope,
  type Metadata,
} from './metadata-names.ts';
import { committingSuite } from './suite.ts';
import { storedBeside, unsupportedWrapping } from './wrapping-algorithm.ts';

/** What rewrapping an envelope needs besides the keyring. */
export interface RewrapEnvelopeOptions {
  /** Computed by the caller from its own knowledge, as {@link bindContext} returns it. */
  readonly expectedContext: EncryptionContext;
  /**
   * What the object is bound to from now on, as {@link bindContext} returns it.
   * @defaultValue what it is bound to
   */
  readonly newContext?: EncryptionContext;
  /**
   * The ARN that the older KMS wrapping names as its key, where the data key moves to another key.
   * @defaultValue what it names
   */
  readonly newKeyArn?: string;
  /** Which key wrapped, as far as somebody noted it: a hint for a keyring that opens the wrappings of several. */
  readonly noted?: WrappingRecord;
  readonly signal?: AbortSignal | undefined;
}

/** The metadata of an object whose data key was wrapped anew. */
export interface RewrappedEnvelope {
  /** The entries of the format, to replace the old ones. */
  readonly metadata: Metadata;
  readonly wrapping: WrappingRecord;
}

/**
 * Wraps an object's data key anew: under the same context, or under another. The content, its message id and
 * its commitment stay as they are, and the data key is never seen. Every entry but the encrypted data key, and
 * the context where it changes, stays as its writer wrote it.
 *
 * @param metadata - the object's own, together with its instruction file's where it has one
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_UNSUPPORTED for the wrapping of a
 *   raw key, ENVELOPE_MALFORMED, CONTEXT_MISMATCH, CONTEXT_INVALID, and whatever the keyring throws.
 */
export async function rewrapEnvelope(
  keyring: Pick<RewrappingKeyring, 'rewrapDataKey'>,
  metadata: Metadata,
  options: RewrapEnvelopeOptions,
): Promise<RewrappedEnvelope> {
  const { encryptedDataKey } = parseEnvelope(metadata);
  const { wrappingAlgorithm, context } = encryptedDataKey;
  if (storedBeside(wrappingAlgorithm) !== 'encryption-context') throw unsupportedWrapping(wrappingAlgorithm);
  assertExpectedContext(encryptedDataKey, options.expectedContext);
  const newContext = contextAfter(encryptedDataKey, options);
  const rewrapped = await keyring.rewrapDataKey(encryptedDataKey, newContext, options.signal, options.noted);
  const isV3 = encryptedDataKey.suite === committingSuite;
  return {
    metadata: {
      ...onlyEnvelope(metadata),
      [isV3 ? ENCRYPTED_DATA_KEY_V3 : ENCRYPTED_DATA_KEY_V2]: base64(rewrapped.encryptedDataKey.ciphertext),
      ...(newContext === context
        ? {}
        : { [isV3 ? ENCRYPTION_CONTEXT_V3 : MAT_DESC]: encodeContext(newContext) }),
    },
    wrapping: rewrapped.wrapping,
  };
}

/** The stored context itself, where nothing of it changes: another client may have written it in its own way. */
function contextAfter(
  { wrappingAlgorithm, context, suite }: EncryptedDataKey,
  { expectedContext, newContext, newKeyArn }: RewrapEnvelopeOptions,
): EncryptionContext {
  if (wrappingAlgorithm !== 'kms') {
    return newContext === undefined ? context : completeContext(newContext, suite);
  }
  // It has no pair for the algorithm, one for its key, and pairs that only its writer knows.
  const before = context[keyPairName];
  const isKeyNamed = before === undefined || newKeyArn === undefined || isIdOf(newKeyArn, before);
  const named = isKeyNamed ? context : { ...context, [keyPairName]: newKeyArn };
  if (newContext === undefined) return named;
  const others = Object.entries(named).filter(([name]) => !Object.hasOwn(expectedContext, name));
  return { ...Object.fromEntries(others), ...callersContext(completeContext(newContext, suite)) };
}

/** Whether a key is called so: by its ARN, or by the id at the end of that. */
function isIdOf(keyArn: string, keyId: string): boolean {
  return keyId === keyArn || keyArn.endsWith(`:key/${keyId}`);
}
