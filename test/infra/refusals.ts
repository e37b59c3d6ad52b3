import { ConfigurationError } from '../../infra/configuration-error.ts';

/** The error that the work throws. */
export function refusalOf(work: () => unknown): ConfigurationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
