import { SealdropError } from '../../envelope/index.ts';

/**
 * The error of a parameter that a sealed object cannot have.
 *
 * @param hint - fits better than the one of the code
 */
export function unsupportedParameter(parameter: string, message: string, hint?: string): SealdropError {
  return new SealdropError('REQUEST_UNSUPPORTED', message, {
    fields: { parameter },
    ...(hint === undefined ? {} : { hint }),
  });
}
