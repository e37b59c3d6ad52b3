import { hasCode } from './has-code.ts';

/** How often something that keeps changing is looked at again. */
const maxAttempts = 5;

/**
 * Tries again what found that another writer was faster. The work must look at everything anew each time.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED from the last attempt, and whatever else the work throws.
 */
export async function retryWhileChanged<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'OBJECT_CHANGED') || attempt === maxAttempts) throw error;
    }
  }
}
