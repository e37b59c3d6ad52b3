import { expect, test } from '@jest/globals';
import { waitFor } from '../../operations/wait-for.ts';
import { failureOf } from '../support/bytes.ts';

test.each([undefined, new AbortController().signal])('a wait ends', async (signal) => {
  await expect(waitFor(1, signal)).resolves.toBeUndefined();
});

test('a wait is stopped, before it begins and after', async () => {
  expect((await failureOf(() => waitFor(3_600_000, AbortSignal.abort()))).code).toBe('ABORTED');
  const stop = new AbortController();
  const waiting = failureOf(() => waitFor(3_600_000, stop.signal));
  stop.abort();
  expect((await waiting).code).toBe('ABORTED');
});
