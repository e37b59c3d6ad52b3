import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { waitForRuns } from '../../cli/wait-for-runs.ts';
import { failureOf } from '../support/bytes.ts';
import { fakeIo } from '../support/fake-terminal.ts';
import type { KmsTarget } from '../support/mock-kms.ts';

const arn = (name: string): string => `arn:aws:states:eu-west-1:111122223333:stateMachine:${name}`;
let mock: ReturnType<typeof mockClient>;

beforeEach(() => {
  mock = mockClient(SFNClient as unknown as KmsTarget);
});
afterEach(() => {
  mock.restore();
});

/** Each answer has so many executions. */
function running(...counts: readonly number[]): void {
  const rest = [...counts];
  mock
    .on(ListExecutionsCommand)
    .callsFake(() => ({ executions: Array(rest.shift() ?? 0).fill({ status: 'RUNNING' }) }));
}

test('nothing to wait for is no word', async () => {
  const io = fakeIo();
  running(0, 0);
  await waitForRuns([arn('A'), arn('B')], io);
  expect([io.stderr.text, mock.calls().length]).toEqual(['', 2]);
});

test('no machine is asked where none was named', async () => {
  await waitForRuns([], fakeIo());
  expect(mock.calls()).toHaveLength(0);
});

test('what is running is told of, and waited for', async () => {
  const io = fakeIo();
  running(2, 2, 1, 0);
  await waitForRuns([arn('A')], io, { everyMilliseconds: 1 });
  expect(io.stderr.text).toBe(
    `sealdrop: waiting for 2 runs of ${arn('A')} to end\nsealdrop: waiting for 1 run of ${arn('A')} to end\n`,
  );
});

test('all machines are asked once more where one of them was busy', async () => {
  const io = fakeIo();
  running(0, 1, 1, 0, 0, 0);
  await waitForRuns([arn('A'), arn('B')], io, { everyMilliseconds: 1 });
  expect(mock.calls()).toHaveLength(6);
  expect(io.stderr.text).toBe(
    ['B', 'A'].map((name) => `sealdrop: waiting for 1 run of ${arn(name)} to end\n`).join(''),
  );
});

test.each(['ABORTED', 'TIMED_OUT', 'FAILED'])(
  'the function of a run that %s is waited for',
  async (status) => {
    const io = fakeIo();
    const stopDate = new Date();
    mock.on(ListExecutionsCommand).resolves({ executions: [{ status, stopDate }] as never });
    await waitForRuns([arn('A')], io, { everyMilliseconds: 5, functionMilliseconds: 100 });
    expect(Date.now() - stopDate.getTime()).toBeGreaterThanOrEqual(100);
    expect(io.stderr.text).toBe(
      `sealdrop: waiting until ${new Date(stopDate.getTime() + 100).toISOString()}: a run of ${arn('A')} was broken off, and its function may still be at work\n`,
    );
  },
);

test('a function is given fifteen minutes, and no more', async () => {
  const minute = 60_000;
  const ended = (minutesAgo: number) => ({
    executions: [{ status: 'ABORTED', stopDate: new Date(Date.now() - minutesAgo * minute) }] as never,
  });
  mock.on(ListExecutionsCommand).resolves(ended(15.1));
  await waitForRuns([arn('A')], fakeIo());
  const io = fakeIo();
  mock.on(ListExecutionsCommand).callsFake(() => {
    setTimeout(() => {
      io.stop();
    }, 5);
    return ended(14.9);
  });
  expect(await failureOf(() => waitForRuns([arn('A')], io))).toMatchObject({ code: 'ABORTED' });
});

test('when the newest run of each machine began is told', async () => {
  const startDate = new Date(1_700_000_000_000);
  mock
    .on(ListExecutionsCommand)
    .resolves({})
    .on(ListExecutionsCommand, { stateMachineArn: arn('B') })
    .resolves({ executions: [{ status: 'SUCCEEDED', startDate }] as never });
  expect(await waitForRuns([arn('A'), arn('B')], fakeIo())).toEqual([undefined, 1_700_000_000_000]);
});

test('the user need not wait', async () => {
  const io = fakeIo();
  running(1, 1);
  const waiting = waitForRuns([arn('A')], io);
  setTimeout(() => {
    io.stop();
  }, 20);
  expect(await failureOf(() => waiting)).toMatchObject({ code: 'ABORTED' });
});
