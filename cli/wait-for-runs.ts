import { setTimeout as sleep } from 'node:timers/promises';
import { countRunning, createSfnClient } from '../aws/running-executions.ts';
import { SealdropError } from '../envelope/index.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import { showCount } from './sizes.ts';

/** How often is asked. */
export interface WaitOptions {
  /** @defaultValue 5000 */
  readonly everyMilliseconds?: number;
}

/**
 * Waits until no execution of any of the state machines is running, and says what it waits for.
 *
 * @param machineArns - each is asked in its own Region
 * @throws {@link SealdropError} ACCESS_DENIED, SERVICE_FAILED for a machine that is none, ABORTED, …
 */
export async function waitForRuns(
  machineArns: readonly string[],
  io: Pick<Io, 'stderr' | 'signal'>,
  { everyMilliseconds = 5000 }: WaitOptions = {},
): Promise<void> {
  for (const arn of machineArns) await waitForRunsOf(arn, io, everyMilliseconds);
}

async function waitForRunsOf(
  machineArn: string,
  io: Pick<Io, 'stderr' | 'signal'>,
  everyMilliseconds: number,
): Promise<void> {
  const { signal } = io;
  const region = machineArn.split(':')[3];
  const client = createSfnClient(region === undefined ? {} : { region });
  let told = 0;
  for (;;) {
    const running = await countRunning(client, machineArn, signal);
    if (running === 0) return;
    if (running !== told) reportNote(io, `waiting for ${showCount(running, 'run')} of ${machineArn} to end`);
    told = running;
    await sleep(everyMilliseconds, undefined, { signal }).catch(() => {
      throw new SealdropError('ABORTED', 'interrupted while runs were under way');
    });
  }
}
