import { callersContext, type EncryptionContext } from './encryption-context.ts';
import { authenticationFailure, SealdropError } from './errors.ts';

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

/** The error of a raw key that cannot wrap. */
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
