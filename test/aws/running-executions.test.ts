import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSfnClient, executionsOf } from '../../aws/running-executions.ts';
import { failureOf } from '../support/bytes.ts';

const client = createSfnClient({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);
const arn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Rewrap';
const execution = {
  executionArn: 'e',
  stateMachineArn: arn,
  name: 'e',
  status: 'RUNNING',
  startDate: new Date(),
} as const;

beforeEach(() => {
  mock.reset();
});

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));

test('what is running is counted, on all pages', async () => {
  mock
    .on(ListExecutionsCommand, { stateMachineArn: arn })
    .resolves({ executions: [execution, { ...execution, startDate: at(1) }], nextToken: 'more' })
    .on(ListExecutionsCommand, { nextToken: 'more' })
    .resolves({ executions: [{ ...execution, status: 'PENDING_REDRIVE', startDate: at(0) }] });
  expect(await executionsOf(client, arn)).toEqual({ running: 3, lastBegun: execution.startDate });
});

test('where there was none, nothing is told', async () => {
  mock.on(ListExecutionsCommand).resolves({});
  expect(await executionsOf(client, arn)).toEqual({ running: 0 });
});

test.each(['ABORTED', 'TIMED_OUT', 'FAILED'] as const)('of what %s it is told when', async (status) => {
  const ended = { ...execution, startDate: at(0) };
  mock.on(ListExecutionsCommand).resolves({
    executions: [
      { ...ended, status: 'SUCCEEDED', stopDate: at(9), startDate: at(1) },
      { ...ended, status, stopDate: at(5) },
      { ...ended, status, stopDate: at(7) },
    ],
  });
  expect(await executionsOf(client, arn)).toEqual({ running: 0, lastBegun: at(1), lastBrokenOff: at(7) });
});

test('what was redriven began once more', async () => {
  mock
    .on(ListExecutionsCommand)
    .resolves({ executions: [{ ...execution, status: 'SUCCEEDED', startDate: at(0), redriveDate: at(8) }] });
  expect(await executionsOf(client, arn)).toEqual({ running: 0, lastBegun: at(8) });
});

test.each([
  ['StateMachineDoesNotExist', 'SERVICE_FAILED', /check the ARN/],
  ['InvalidArn', 'SERVICE_FAILED', /check the ARN/],
  ['StateMachineTypeNotSupported', 'SERVICE_FAILED', /check the ARN/],
  ['AccessDeniedException', 'ACCESS_DENIED', /grant/],
  ['ThrottlingException', 'THROTTLED', /later/],
])('%s fails: %s', async (name, code, hint) => {
  mock.on(ListExecutionsCommand).rejects(Object.assign(new Error('no'), { name }));
  const failure = await failureOf(() => executionsOf(client, arn));
  expect([failure.code, failure.message]).toEqual([code, `states:ListExecutions on ${arn} failed: ${name}`]);
  expect(failure.hint).toMatch(hint);
});
