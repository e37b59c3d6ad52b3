import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { rewrapStack } from './rewrap-stack.ts';
import {
  mapOf,
  outputOf,
  StatesWorld,
  type ChildRecord,
  type Execution,
  type Exported,
} from './states-world.ts';

const world = new StatesWorld();
let stack: Record<string, string>;
beforeAll(async () => {
  stack = await world.deploy(rewrapStack);
});

const output = (name: string): string => stack[`${name}Output`] ?? '';
interface MapRun {
  readonly status: string;
  readonly itemCounts: Record<string, number>;
  readonly executionCounts: Record<string, number>;
}

const keys = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}/${String(index).padStart(4, '0')}`);

/** The most executions that ran at one time. */
function mostAtOnce(records: readonly ChildRecord[]): number {
  const alive = (moment: string): number =>
    records.filter(({ StartDate, StopDate }) => StartDate <= moment && moment < StopDate).length;
  return Math.max(...records.map(({ StartDate }) => alive(StartDate)));
}

describe("a Distributed Map in the CDK's words, over 25 objects in batches of 10", () => {
  let state: { prefix: string; map: Exported };
  let records: ChildRecord[];
  beforeAll(async () => {
    await Promise.all(keys('good', 25).map((key) => world.put(output('Data'), key, key)));
    state = outputOf(await world.run(output('Machine'), { prefix: 'good/' })) as typeof state;
    ({ records } = await world.results(state.map.ResultWriterDetails, 'SUCCEEDED'));
  });

  test('its result names the Map Run and the manifest', async () => {
    const { MapRunArn, ResultWriterDetails } = state.map;
    const id = MapRunArn.split(':').at(-1) ?? '';
    expect(MapRunArn).toMatch(/:mapRun:[^:/]+\/Rewrap:[0-9a-f-]{36}$/);
    expect(ResultWriterDetails).toEqual({ Bucket: output('Results'), Key: `runs/${id}/manifest.json` });
    expect((await world.results(ResultWriterDetails, 'SUCCEEDED')).manifest).toEqual({
      DestinationBucket: output('Results'),
      MapRunArn,
      ResultFiles: {
        FAILED: [],
        PENDING: [],
        SUCCEEDED: [{ Key: `runs/${id}/SUCCEEDED_0.json`, Size: expect.any(Number) }],
      },
    });
  });

  test('each child gets its batch, and its record holds what it got and returned', () => {
    const inputs = records.map(({ Input }) => JSON.parse(Input) as { Items: { key: string }[] });
    expect(inputs.map(({ Items }) => Items.length)).toEqual([10, 10, 5]);
    expect(inputs.flatMap(({ Items }) => Items.map(({ key }) => key))).toEqual(keys('good', 25));
    expect(inputs[0]).toMatchObject({ BatchInput: { run: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    expect(records.map(({ Output }) => JSON.parse(Output ?? '') as unknown)).toMatchObject([
      { rewrapped: 10 },
      { rewrapped: 10 },
      { rewrapped: 5 },
    ]);
    expect(records[0]).toMatchObject({
      ExecutionArn: expect.stringMatching(/:execution:[^:/]+\/Rewrap:[0-9a-f-]{36}$/),
      InputDetails: { Included: true },
      OutputDetails: { Included: true },
      RedriveCount: 0,
      RedriveStatus: 'NOT_REDRIVABLE',
      StateMachineArn: `${output('Machine')}/Rewrap`,
      Status: 'SUCCEEDED',
    });
  });

  test('its children run at one time, as many as MaxConcurrency says', () => {
    expect(mostAtOnce(records)).toBe(2);
  });

  test('DescribeMapRun counts items and executions', async () => {
    const run = await world.states<MapRun>('DescribeMapRun', { mapRunArn: state.map.MapRunArn });
    expect(run.status).toBe('SUCCEEDED');
    expect(run.itemCounts).toMatchObject({ total: 25, succeeded: 25, failed: 0, resultsWritten: 25 });
    expect(run.executionCounts).toMatchObject({ total: 3, succeeded: 3, failed: 0, resultsWritten: 3 });
  });
});

test('where fewer items fail than are tolerated it succeeds, and names the failed ones', async () => {
  const named = [...keys('some', 24), 'some/9999 bad'];
  await Promise.all(named.map((key) => world.put(output('Data'), key, key)));
  const { map } = outputOf(await world.run(output('Machine'), { prefix: 'some/' })) as { map: Exported };
  const { records } = await world.results(map.ResultWriterDetails, 'FAILED');
  expect(records).toMatchObject([
    { Error: 'BadObject', Status: 'FAILED', RedriveStatus: 'REDRIVABLE', OutputDetails: { Included: true } },
  ]);
  expect(JSON.parse(records[0]?.Input ?? '')).toMatchObject({ Items: { length: 5 } });
  expect((await world.results(map.ResultWriterDetails, 'SUCCEEDED')).records).toHaveLength(2);
});

test('where more items fail it fails, and its results are written all the same', async () => {
  await Promise.all(['most/!bad', ...keys('most', 10)].map((key) => world.put(output('Data'), key, key)));
  const failed = await world.run(output('Machine'), { prefix: 'most/' });
  expect(failed).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  const { mapRuns } = await world.states<{ mapRuns: { mapRunArn: string }[] }>('ListMapRuns', {
    executionArn: failed.executionArn,
  });
  const id = mapRuns[0]?.mapRunArn.split(':').at(-1) ?? '';
  const Key = `runs/${id}/manifest.json`;
  const { records } = await world.results({ Bucket: output('Results'), Key }, 'FAILED');
  expect(records).toHaveLength(1);
  expect((await world.results({ Bucket: output('Results'), Key }, 'SUCCEEDED')).records).toHaveLength(1);
});

describe('a Map Run that does not come to its end', () => {
  const slow = { Wait: { Type: 'Wait', Seconds: 2, End: true } };
  const writer = (): object => ({
    ResultWriter: {
      Resource: 'arn:aws:states:::s3:putObject',
      Parameters: { Bucket: output('Results'), Prefix: 'ends' },
    },
  });
  const mapRunOf = async ({ executionArn }: Execution): Promise<MapRun & { mapRunArn: string }> => {
    const { mapRuns } = await world.states<{ mapRuns: { mapRunArn: string }[] }>('ListMapRuns', {
      executionArn,
    });
    return world.states('DescribeMapRun', { mapRunArn: mapRuns[0]?.mapRunArn });
  };

  test('starts no further child once it is stopped', async () => {
    const stateMachineArn = await world.machine(output('Able'), { Map: mapOf({ MaxConcurrency: 1 }, slow) });
    const started = await world.states<Execution>('StartExecution', {
      stateMachineArn,
      input: '[1, 2, 3]',
    });
    await setTimeout(1_000);
    await world.states('StopExecution', { executionArn: started.executionArn });
    await setTimeout(3_000);
    expect((await world.ended(started.executionArn)).status).toBe('ABORTED');
    const run = await mapRunOf(started);
    expect(run.status).toBe('ABORTED');
    expect(run.itemCounts).toMatchObject({ succeeded: 1, pending: 2 });
  });

  test('lists those that never started as pending', async () => {
    const failing = { Fail: { Type: 'Fail', Error: 'No' } };
    const stateMachineArn = await world.machine(output('Able'), {
      Map: mapOf({ MaxConcurrency: 1, ...writer() }, failing),
    });
    const failed = await world.run(stateMachineArn, [1, 2]);
    expect(failed.error).toBe('States.ExceedToleratedFailureThreshold');
    const id = (await mapRunOf(failed)).mapRunArn.split(':').at(-1) ?? '';
    const { records } = await world.results(
      { Bucket: output('Results'), Key: `ends/${id}/manifest.json` },
      'PENDING',
    );
    expect(records).toEqual([{ Input: '2', InputDetails: { Included: true }, Status: 'PENDING' }]);
  });

  test("needs the machine's role to start executions of it, and to write the results", async () => {
    const map = { Map: mapOf(writer()) };
    expect(await world.run(await world.machine(output('Caller'), map), [1])).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('is not authorized to perform: states:StartExecution'),
    });
    expect(await world.run(await world.machine(output('Unable'), map), [1])).toMatchObject({
      error: 'States.ResultWriterFailed',
      cause: expect.stringContaining('is not authorized to perform: s3:PutObject'),
    });
  });
});

test('a listing of nothing succeeds, with a manifest of no files', async () => {
  const { map } = outputOf(await world.run(output('Machine'), { prefix: 'nothing/' })) as { map: Exported };
  expect((await world.results(map.ResultWriterDetails, 'SUCCEEDED')).manifest.ResultFiles).toEqual({
    FAILED: [],
    PENDING: [],
    SUCCEEDED: [],
  });
});
