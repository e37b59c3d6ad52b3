import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { countRunning, createSfnClient } from '../../aws/running-executions.ts';
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

test('what is running is counted, on all pages', async () => {
  mock
    .on(ListExecutionsCommand, { stateMachineArn: arn, statusFilter: 'RUNNING' })
    .resolves({ executions: [execution, execution], nextToken: 'more' })
    .on(ListExecutionsCommand, { nextToken: 'more' })
    .resolves({ executions: [execution] });
  expect(await countRunning(client, arn)).toBe(3);
});

test.each([
  ['StateMachineDoesNotExist', 'SERVICE_FAILED', /check the ARN/],
  ['InvalidArn', 'SERVICE_FAILED', /check the ARN/],
  ['StateMachineTypeNotSupported', 'SERVICE_FAILED', /check the ARN/],
  ['AccessDeniedException', 'ACCESS_DENIED', /grant/],
  ['ThrottlingException', 'THROTTLED', /later/],
])('%s fails: %s', async (name, code, hint) => {
  mock.on(ListExecutionsCommand).rejects(Object.assign(new Error('no'), { name }));
  const failure = await failureOf(() => countRunning(client, arn));
  expect([failure.code, failure.message]).toEqual([code, `states:ListExecutions on ${arn} failed: ${name}`]);
  expect(failure.hint).toMatch(hint);
});
