import { paginateListExecutions, SFNClient, type SFNClientConfig } from '@aws-sdk/client-sfn';
import { handlerOptions } from './clients.ts';
import { toSealdropError, type ErrorMeaning } from './service-errors.ts';
import { requestOptions } from './request-options.ts';

const noMachine: ErrorMeaning = {
  code: 'SERVICE_FAILED',
  hint: 'check the ARN of the state machine, its account and its Region',
};

/** A client for the state machines that rewrap on a schedule. */
export function createSfnClient(config: SFNClientConfig = {}): SFNClient {
  return new SFNClient({ maxAttempts: 5, requestHandler: handlerOptions(10_000), ...config });
}

/** What the executions of a state machine tell of what may still be at work. */
export interface ExecutionsSeen {
  readonly running: number;
  /** When the newest of them began, or began once more; missing where there was none. */
  readonly lastBegun?: Date;
  /** When the newest of those that were broken off ended: its functions go on by themselves. */
  readonly lastBrokenOff?: Date;
}

/**
 * Looks at all executions of a state machine that are known still.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, SERVICE_FAILED where there is no such machine, THROTTLED, …
 */
export async function executionsOf(
  client: SFNClient,
  machineArn: string,
  signal?: AbortSignal,
): Promise<ExecutionsSeen> {
  const pages = paginateListExecutions(
    { client, pageSize: 1000 },
    { stateMachineArn: machineArn },
    requestOptions(signal),
  );
  let running = 0;
  const [begun, brokenOff]: [Date[], Date[]] = [[], []];
  try {
    for await (const { executions = [] } of pages) {
      for (const { status, startDate, stopDate, redriveDate } of executions) {
        if (status === 'RUNNING' || status === 'PENDING_REDRIVE') running += 1;
        begun.push(...[startDate, redriveDate].filter((date) => date !== undefined));
        if (status !== 'SUCCEEDED' && stopDate !== undefined) brokenOff.push(stopDate);
      }
    }
  } catch (error) {
    const call = { action: 'states:ListExecutions', resource: machineArn };
    throw toSealdropError(error, call, {
      InvalidArn: noMachine,
      StateMachineDoesNotExist: noMachine,
      StateMachineTypeNotSupported: noMachine,
      ValidationException: noMachine,
    });
  }
  return {
    running,
    ...(begun.length === 0 ? {} : { lastBegun: newest(begun) }),
    ...(brokenOff.length === 0 ? {} : { lastBrokenOff: newest(brokenOff) }),
  };
}

function newest(dates: readonly Date[]): Date {
  return new Date(dates.reduce((latest, date) => Math.max(latest, date.getTime()), 0));
}
