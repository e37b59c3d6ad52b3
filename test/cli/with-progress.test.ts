import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { withProgress } from '../../cli/with-progress.ts';
import { thrownBy } from '../support/bytes.ts';
import { fakeIo } from '../support/fake-terminal.ts';

test('shows what was come by, and leaves nothing', async () => {
  const io = fakeIo({ isTTY: true });
  const result = await withProgress(io, async (onObject) => {
    onObject();
    onObject();
    await sleep(300);
    return 'done';
  });
  expect([result, io.stderr.text.includes('\r2 objects · ')]).toEqual(['done', true]);
  expect(io.stderr.text.endsWith('\r\u001b[K')).toBe(true);
});

test('says nothing where nobody looks', async () => {
  const io = fakeIo();
  await withProgress(io, (onObject) => {
    onObject();
    return sleep(250);
  });
  expect(io.stderr.text).toBe('');
});

test('ends where the work fails', async () => {
  const io = fakeIo({ isTTY: true });
  const failure = new Error('it failed');
  expect(await thrownBy(() => withProgress(io, () => Promise.reject(failure)))).toBe(failure);
  const { length } = io.stderr.writes;
  await sleep(250);
  expect(io.stderr.writes).toHaveLength(length);
});
