import { CbcRangeDecryptor } from './cbc-range-decryption.ts';
import { assertMayOpen, defaultCommitmentPolicy, type CommitmentPolicy } from './commitment-policy.ts';
import { ContentDecryptor } from './decryption.ts';
import type { EncryptionContext } from './encryption-context.ts';
import type { Envelope } from './envelope.ts';
import { SealdropError } from './errors.ts';
import type { EncryptedDataKey, Keyring } from './keyring.ts';
import { RangeDecryptor } from './range-decryption.ts';
import type { AlgorithmSuite } from './suite.ts';
import { assertExpectedContext } from './expected-context.ts';
import { isLegacyWrapping } from './wrapping-algorithm.ts';

/** What a reader accepts. */
export interface OpenPolicy {
  /** @defaultValue `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` */
  readonly commitmentPolicy?: CommitmentPolicy;
  /**
   * Whether to open data keys that older clients wrapped.
   * @defaultValue false
   */
  readonly legacyWrapping?: boolean;
  /**
   * Whether to open content that nobody authenticates (AES-CBC).
   * @defaultValue false
   */
  readonly legacyContent?: boolean;
}

/** What a reader knows, and accepts. */
export interface StartOpenOptions extends OpenPolicy {
  /** Computed by the caller from its own knowledge, as {@link bindContext} returns it. */
  readonly expectedContext: EncryptionContext;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts to open one object. The checks, in order: whether the reader accepts the wrapping, the content's
 * suite and its commitment; the context against the expected one; the data key by the keyring; the
 * commitment. The plaintext data key is zero-filled before this returns, whether it succeeds or not.
 *
 * @throws {@link SealdropError} LEGACY_WRAPPING_DISABLED, LEGACY_CONTENT_DISABLED, COMMITMENT_REQUIRED,
 *   CONTEXT_MISMATCH, AUTHENTICATION_FAILED, DATA_KEY_INVALID, and whatever the keyring throws.
 */
export function startOpen(
  keyring: Keyring,
  envelope: Envelope,
  options: StartOpenOptions,
): Promise<ContentDecryptor> {
  return withDataKey(keyring, envelope, options, (key) => new ContentDecryptor(key, envelope.content));
}

/**
 * Starts to open a range of one object sealed with GCM, which is **never authenticated**; all that
 * {@link startOpen} checks is checked.
 *
 * @param sealedOffset - the position, in the sealed content, of the first byte that will be handed in
 * @throws as {@link startOpen}; {@link SealdropError} RANGE_INVALID with CBC.
 */
export function startOpenRange(
  keyring: Keyring,
  envelope: Envelope,
  sealedOffset: number,
  options: StartOpenOptions,
): Promise<RangeDecryptor> {
  return withDataKey(
    keyring,
    envelope,
    options,
    (key) => new RangeDecryptor(key, envelope.content, sealedOffset),
  );
}

/**
 * Starts to open a range of one object encrypted with CBC, of which nothing is ever authenticated.
 *
 * @throws as {@link startOpen}
 */
export function startOpenCbcRange(
  keyring: Keyring,
  envelope: Envelope,
  options: StartOpenOptions,
): Promise<CbcRangeDecryptor> {
  return withDataKey(keyring, envelope, options, (key) => new CbcRangeDecryptor(key, envelope.content));
}

/**
 * Checks all that can be checked of an envelope without its data key, in the order of {@link startOpen}.
 *
 * @throws {@link SealdropError} LEGACY_WRAPPING_DISABLED, LEGACY_CONTENT_DISABLED, COMMITMENT_REQUIRED,
 *   CONTEXT_MISMATCH.
 */
export function assertOpenable({ encryptedDataKey, content }: Envelope, options: StartOpenOptions): void {
  assertAccepted(encryptedDataKey, content.suite, options);
  assertMayOpen(options.commitmentPolicy ?? defaultCommitmentPolicy, content.suite);
  assertExpectedContext(encryptedDataKey, options.expectedContext);
}

/**
 * Opens the data key of one object for as long as `use` takes, after the checks of {@link assertOpenable}; it is
 * zero-filled then, whether that succeeds or not.
 *
 * @throws as {@link startOpen}, and what `use` throws.
 */
export async function withDataKey<Result>(
  keyring: Pick<Keyring, 'decryptDataKey'>,
  envelope: Envelope,
  options: StartOpenOptions,
  use: (dataKey: Uint8Array) => Result | Promise<Result>,
): Promise<Result> {
  assertOpenable(envelope, options);
  const dataKey = await keyring.decryptDataKey(envelope.encryptedDataKey, options.signal);
  try {
    return await use(dataKey.plaintext);
  } finally {
    dataKey.plaintext.fill(0);
  }
}

function assertAccepted(
  { wrappingAlgorithm }: EncryptedDataKey,
  suite: AlgorithmSuite,
  policy: OpenPolicy,
): void {
  if (isLegacyWrapping(wrappingAlgorithm) && policy.legacyWrapping !== true) {
    throw new SealdropError(
      'LEGACY_WRAPPING_DISABLED',
      `the data key was wrapped with the legacy algorithm "${wrappingAlgorithm}"`,
      { fields: { wrappingAlgorithm } },
    );
  }
  if (suite.isLegacy && policy.legacyContent !== true) {
    throw new SealdropError(
      'LEGACY_CONTENT_DISABLED',
      `the content was encrypted with the legacy suite ${suite.name}`,
      { fields: { suite: suite.name } },
    );
  }
}
