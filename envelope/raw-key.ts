import { randomBytes } from 'node:crypto';
import { callersContext, type EncryptionContext } from './encryption-context.ts';
import { authenticationFailure, SealdropError } from './errors.ts';
import type { EncryptedDataKey, GeneratedDataKey } from './keyring.ts';
import type { AlgorithmSuite } from './suite.ts';

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

/** Draws a data key and wraps it; it is zero-filled where that fails. */
export function newDataKey(
  suite: AlgorithmSuite,
  wrap: (plaintext: Buffer) => EncryptedDataKey,
): GeneratedDataKey {
  const plaintext = randomBytes(suite.dataKeyBytes);
  try {
    return { plaintext, encryptedDataKey: wrap(plaintext) };
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
}

/** The error of a raw key that cannot wrap, or cannot open. */
export function rawKeyError(message: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', message);
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

/**
 * The data key that a legacy wrapping gave, which has no tag that tells whether it is right. Where it gave none,
 * something else takes its place, so that the content fails to open like with any other wrong key: neither the
 * error nor the work before it tells why, and nobody can ask for the padding byte by byte.
 *
 * @param standIn - the same for the same ciphertext, and known to nobody without the wrapping key: whoever knew
 *   it would ask by way of a content that opens under it
 */
export function orStandIn(message: Buffer | undefined, standIn: Buffer): Buffer {
  const isDataKey = message?.length === standIn.length;
  (isDataKey ? standIn : message)?.fill(0);
  return isDataKey ? message : standIn;
}
