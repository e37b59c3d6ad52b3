import { SealdropError } from '../../envelope/index.ts';

/** @throws {@link SealdropError} ABORTED where the signal was given. */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SealdropError('ABORTED', 'the work was stopped in time');
}
