import { SealdropError, type SafeFields, type SealdropErrorCode } from '../envelope/index.ts';

/** What a log may say of a failure. */
export interface FailureDescription {
  readonly code: SealdropErrorCode | 'UNEXPECTED';
  readonly reason: string;
  readonly hint?: string;
  readonly fields?: SafeFields;
  /** Where an unexpected failure came from, without its message, which may quote anything. */
  readonly frames?: readonly string[];
}

/** Describes a failure for the log: the safe parts of our own errors, and no more than the name of others. */
export function describeFailure(error: unknown): FailureDescription {
  if (error instanceof SealdropError) {
    const { code, message, hint, fields } = error;
    return { code, reason: message, hint, fields };
  }
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', reason: 'not an error' };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { code: 'UNEXPECTED', reason: error.name, frames: frames.map((line) => line.trim()) };
}
