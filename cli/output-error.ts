import { SealdropError } from '../envelope/index.ts';
import { hasCode, toFileError } from './files/file-errors.ts';

/**
 * Tells a user what standard output could not be written for.
 *
 * @param error - what was thrown; a {@link SealdropError} is returned as it is
 */
export function toOutputError(error: unknown): SealdropError {
  const failure = toFileError(error, 'standard output');
  if (!hasCode(error, 'ENOSPC', 'EDQUOT')) return failure;
  const { code, message, fields } = failure;
  return new SealdropError(code, message, {
    ...{ cause: error, fields },
    hint: 'free space where standard output goes, or send it elsewhere, and run the command again',
  });
}
