import { randomBytes } from 'node:crypto';
import { callersContext, type EncryptionContext } from './encryption-context.ts';
import { authenticationFailure, SealdropError } from './errors.ts';
import type { EncryptedDataKey, GeneratedDataKey } from './keyring.ts';
import type { AlgorithmSuite } from './suite.ts';
import type { WrappingAlgorithm } from './wrapping-algorithm.ts';

/** Pairs that tell which raw key wrapped a data key: stored in the clear, and authenticated by nobody. */
export type MaterialDescription = Readonly<Record<string, string>>;

/**
 * Raw keys authenticate no context: to take one would promise a binding that nobody checks.
 *
 * @throws {@link SealdropError} CONTEXT_INVALID
 */
export function assertNoContext(context: EncryptionContext): void {
  const names = Object.keys(callersContext(context));
  if (names.length === 0) return;
  throw new SealdropError('CONTEXT_INVALID', 'a raw key authenticates no encryption context', {
    fields: { names },
    hint: 'seal without a context (binding "none"), or use a KMS keyring',
  });
}

/** How a raw key wraps a data key. */
export interface RawWrapping {
  readonly wrappingAlgorithm: WrappingAlgorithm;
  readonly materialDescription: MaterialDescription;
  readonly wrap: (plaintext: Uint8Array) => Uint8Array;
}

/**
 * Draws a data key and wraps it; it is zero-filled where that fails.
 *
 * @throws {@link SealdropError} CONTEXT_INVALID for a context, which nobody would authenticate.
 */
export function generateRawDataKey(
  context: EncryptionContext,
  suite: AlgorithmSuite,
  wrapping: RawWrapping,
): Promise<GeneratedDataKey> {
  return promised(() => {
    assertNoContext(context);
    const plaintext = randomBytes(suite.dataKeyBytes);
    try {
      return { plaintext, encryptedDataKey: wrapRawDataKey(plaintext, suite, wrapping) };
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
  });
}

/** Wraps a data key that is there already. */
export function wrapRawDataKey(
  dataKey: Uint8Array,
  suite: AlgorithmSuite,
  { wrappingAlgorithm, materialDescription, wrap }: RawWrapping,
): EncryptedDataKey {
  return { wrappingAlgorithm, ciphertext: wrap(dataKey), context: materialDescription, suite };
}

/** The error of a raw key that cannot wrap, or cannot open. */
export function rawKeyError(message: string, hint?: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', message, hint === undefined ? {} : { hint });
}

/** The result of work that needs no waiting, its error too, as a promise. */
export function promised<Result>(work: () => Result): Promise<Result> {
  return Promise.resolve().then(work);
}

/** What `open` returns; whatever it throws becomes the one authentication failure. */
export function orAuthenticationFailure<Result>(open: () => Result): Result {
  try {
    return open();
  } catch {
    throw authenticationFailure();
  }
}
