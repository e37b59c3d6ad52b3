import { setTimeout as sleep } from 'node:timers/promises';
import { SealdropError } from '../envelope/index.ts';

/** @throws {@link SealdropError} ABORTED */
export async function waitFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw new SealdropError('ABORTED', 'the wait was stopped', { cause: error });
  });
}
