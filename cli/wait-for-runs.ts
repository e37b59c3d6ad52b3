import { setTimeout as sleep } from 'node:timers/promises';
import { createSfnClient, executionsOf, type ExecutionsSeen } from '../aws/running-executions.ts';
import { SealdropError } from '../envelope/index.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import { showCount } from './sizes.ts';

/** How often is asked, and for how long. */
export interface WaitOptions {
  /** @defaultValue 5000 */
  readonly everyMilliseconds?: number;
  /**
   * How long a function may go on after its execution was broken off.
   * @defaultValue 15 minutes, the most that a function gets
   */
  readonly functionMilliseconds?: number;
}

/** When the newest run of each state machine began; another one where a run began since. */
export type RunsSeen = readonly (number | undefined)[];

/**
 * Waits until one look at all of the state machines finds no execution running, and until no function of one that
 * was broken off can be at work: to stop an execution does not stop its function. Says what it waits for.
 *
 * @param machineArns - each is asked in its own Region
 * @throws {@link SealdropError} ACCESS_DENIED, SERVICE_FAILED for a machine that is none, ABORTED, …
 */
export async function waitForRuns(
  machineArns: readonly string[],
  io: Pick<Io, 'stderr' | 'signal'>,
  { everyMilliseconds = 5000, functionMilliseconds = 15 * 60_000 }: WaitOptions = {},
): Promise<RunsSeen> {
  const machines = machineArns.map((arn) => {
    const region = arn.split(':')[3];
    return { arn, client: createSfnClient(region === undefined ? {} : { region }) };
  });
  let told = '';
  for (;;) {
    const seen: ExecutionsSeen[] = [];
    const busy: string[] = [];
    for (const { arn, client } of machines) {
      const executions = await executionsOf(client, arn, io.signal);
      seen.push(executions);
      busy.push(...waitingFor(arn, executions, functionMilliseconds));
    }
    if (busy.length === 0) return seen.map(({ lastBegun }) => lastBegun?.getTime());
    if (busy.join() !== told) for (const line of busy) reportNote(io, line);
    told = busy.join();
    await sleep(everyMilliseconds, undefined, { signal: io.signal }).catch(() => {
      throw new SealdropError('ABORTED', 'interrupted while runs were under way');
    });
  }
}

function waitingFor(
  arn: string,
  { running, lastBrokenOff }: ExecutionsSeen,
  functionMilliseconds: number,
): string[] {
  if (running > 0) return [`waiting for ${showCount(running, 'run')} of ${arn} to end`];
  if (lastBrokenOff === undefined) return [];
  const until = new Date(lastBrokenOff.getTime() + functionMilliseconds);
  if (until.getTime() <= Date.now()) return [];
  return [
    `waiting until ${until.toISOString()}: a run of ${arn} was broken off, and its function may still be at work`,
  ];
}
