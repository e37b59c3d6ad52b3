import { SealdropError, type SafeFields, type SealdropErrorCode } from '../envelope/index.ts';

/** What a log may say of a failure. */
export interface FailureDescription {
  readonly code: SealdropErrorCode | 'UNEXPECTED';
  readonly reason: string;
  readonly hint?: string;
  readonly fields?: SafeFields;
}

/** Describes a failure for the log: the safe parts of our own errors, and no more than the name of others. */
export function describeFailure(error: unknown): FailureDescription {
  if (error instanceof SealdropError) {
    const { code, message, hint, fields } = error;
    return { code, reason: message, hint, fields };
  }
  return { code: 'UNEXPECTED', reason: error instanceof Error ? error.name : 'not an error' };
}
