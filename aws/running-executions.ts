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

/**
 * How many executions of a state machine are running.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, SERVICE_FAILED where there is no such machine, THROTTLED, …
 */
export async function countRunning(
  client: SFNClient,
  machineArn: string,
  signal?: AbortSignal,
): Promise<number> {
  const pages = paginateListExecutions(
    { client },
    { stateMachineArn: machineArn, statusFilter: 'RUNNING' },
    requestOptions(signal),
  );
  let running = 0;
  try {
    for await (const { executions = [] } of pages) running += executions.length;
    return running;
  } catch (error) {
    const call = { action: 'states:ListExecutions', resource: machineArn };
    throw toSealdropError(error, call, {
      InvalidArn: noMachine,
      StateMachineDoesNotExist: noMachine,
      StateMachineTypeNotSupported: noMachine,
      ValidationException: noMachine,
    });
  }
}
