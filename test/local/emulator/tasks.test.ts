import { beforeAll, describe, expect, test } from '@jest/globals';
import { lookUpEvents } from '../../../local/trail.ts';
import { rewrapStack } from './rewrap-stack.ts';
import { StatesWorld } from './states-world.ts';

const world = new StatesWorld();
let stack: Record<string, string>;
let roleArn: string;
beforeAll(async () => {
  stack = await world.deploy(rewrapStack);
  roleArn = stack['AbleOutput'] ?? '';
});

const invoke = (more: object): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: stack['FunctionOutput'], 'Payload.$': '$' },
  ...more,
});

test('a retrier waits with backoff up to its longest delay, and a catcher gets the error of the function', async () => {
  const machine = await world.machine(stack['CallerOutput'] ?? '', {
    Invoke: invoke({
      Retry: [
        {
          ErrorEquals: ['BadObject'],
          IntervalSeconds: 1,
          BackoffRate: 100,
          MaxDelaySeconds: 1,
          MaxAttempts: 2,
          JitterStrategy: 'FULL',
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', ResultPath: '$.error' }],
      End: true,
    }),
    Caught: { Type: 'Pass', End: true },
  });
  const startedAt = Date.now();
  const { output } = await world.run(machine, { keys: ['bad'] });
  expect(Date.now() - startedAt).toBeLessThan(15_000);
  const { error } = JSON.parse(output ?? '') as { error: { Error: string; Cause: string } };
  expect(error.Error).toBe('BadObject');
  expect(JSON.parse(error.Cause)).toMatchObject({
    errorType: 'BadObject',
    errorMessage: 'bad',
    trace: expect.arrayContaining([expect.stringContaining('BadObject: bad')]),
  });
  const { events } = await world.states<{ events: { type: string }[] }>('GetExecutionHistory', {
    executionArn: (await world.run(machine, { keys: ['bad'] })).executionArn,
  });
  expect(events.filter(({ type }) => type === 'TaskFailed')).toHaveLength(3);
});

test("it invokes in the machine's role, and the trail says so", async () => {
  const machine = await world.machine(stack['CallerOutput'] ?? '', { Invoke: invoke({ End: true }) });
  const { output } = await world.run(machine, { keys: ['a'], run: 'r' });
  expect(JSON.parse(output ?? '')).toMatchObject({ StatusCode: 200, Payload: { rewrapped: 1, run: 'r' } });
  const callers = (await lookUpEvents(world.administrator, 'Invoke')).map(({ caller }) => caller);
  expect(callers).toContainEqual(expect.stringContaining('Caller'));
});

describe('a path that leads nowhere fails the execution', () => {
  test.each([
    ['in Parameters', { Type: 'Pass', Parameters: { 'a.$': '$.missing' }, End: true }, 'could not be found'],
    [
      'in a Choice',
      {
        Type: 'Choice',
        Choices: [{ Variable: '$.missing', NumericEquals: 1, Next: 'Done' }],
        Default: 'Done',
      },
      'Invalid path',
    ],
  ])('%s', async (_, state, cause) => {
    const machine = await world.machine(roleArn, { State: state, Done: { Type: 'Succeed' } });
    expect(await world.run(machine)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining(cause),
    });
  });
});

test('an empty template makes an empty object', async () => {
  const machine = await world.machine(roleArn, {
    Keep: { Type: 'Pass', Parameters: {}, ResultPath: '$.empty', End: true },
  });
  expect(JSON.parse((await world.run(machine, { a: 1 })).output ?? '')).toEqual({ a: 1, empty: {} });
});

test('a Choice goes round until it is done', async () => {
  const machine = await world.machine(roleArn, {
    Count: { Type: 'Pass', Parameters: { 'left.$': 'States.MathAdd($.left, -1)' }, Next: 'More' },
    More: {
      Type: 'Choice',
      Choices: [{ Variable: '$.left', NumericGreaterThan: 0, Next: 'Count' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
  });
  expect((await world.run(machine, { left: 3 })).output).toBe('{"left": 0}');
});

test("a call of the AWS SDK is made in the machine's role", async () => {
  const states = {
    Read: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:s3:listObjectsV2',
      Parameters: { Bucket: stack['DataOutput'], Prefix: 'missing/' },
      End: true,
    },
  };
  const able = await world.run(await world.machine(roleArn, states));
  expect(JSON.parse(able.output ?? '')).toMatchObject({ Prefix: 'missing/' });
  const unable = await world.run(await world.machine(stack['UnableOutput'] ?? '', states));
  expect(unable.error).toBe('S3.AccessDeniedException');
});

test('States.ALL does not catch a result above 256 KiB', async () => {
  const machine = await world.machine(stack['CallerOutput'] ?? '', {
    Invoke: invoke({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], End: true }),
    Done: { Type: 'Succeed' },
  });
  const ran = await world.run(machine, { keys: [], bytes: 256 * 1024 });
  expect(ran).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test("a function that the machine's role may not invoke fails the task", async () => {
  const stateMachineArn = await world.machine(stack['UnableOutput'] ?? '', {
    Invoke: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: stack['FunctionOutput'], Payload: { keys: [] } },
      End: true,
    },
  });
  expect(await world.run(stateMachineArn)).toMatchObject({
    status: 'FAILED',
    error: 'Lambda.AWSLambdaException',
    cause: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction'),
  });
});
