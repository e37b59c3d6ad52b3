import { SealdropError, type SealdropErrorCode } from '../envelope/index.ts';

/** Whether an error is of this package, with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly SealdropErrorCode[]): error is SealdropError {
  return error instanceof SealdropError && codes.includes(error.code);
}
