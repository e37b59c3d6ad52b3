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
  mock.on(ListExecutionsCommand).callsFake(() => ({ executions: Array(rest.shift() ?? 0).fill({}) }));
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

test('the user need not wait', async () => {
  const io = fakeIo();
  running(1, 1);
  const waiting = waitForRuns([arn('A')], io);
  setTimeout(() => {
    io.stop();
  }, 20);
  expect(await failureOf(() => waiting)).toMatchObject({ code: 'ABORTED' });
});
