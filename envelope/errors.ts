import { errorCatalogue, type SealdropErrorCode } from './error-catalogue.ts';

/** What may accompany an error: never a secret, never a plaintext, never the value of a context pair. */
export type SafeFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The optional parts of a {@link SealdropError}. */
export interface SealdropErrorOptions {
  cause?: unknown;
  fields?: SafeFields;
  /** A hint that fits better than the one of the code. */
  hint?: string;
}

/** The one error that this package throws on purpose: switch on `code`. */
export class SealdropError extends Error {
  override readonly name = 'SealdropError';
  readonly code: SealdropErrorCode;
  /** What to do next: lower case, no full stop. */
  readonly hint: string;
  /** Whether the same call, unchanged, can succeed later. */
  readonly retryable: boolean;
  /** Facts that are safe to log: names, lengths, limits. */
  readonly fields: SafeFields;

  constructor(code: SealdropErrorCode, message: string, options: SealdropErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorCatalogue[code].hint;
    this.retryable = errorCatalogue[code].retryable;
    this.fields = options.fields ?? {};
  }
}

/**
 * The error of every authentication failure: commitment, tag and data key alike. It has one message and no
 * cause, so that it tells an attacker nothing about why.
 */
export function authenticationFailure(): SealdropError {
  return new SealdropError('AUTHENTICATION_FAILED', 'the object could not be authenticated');
}
