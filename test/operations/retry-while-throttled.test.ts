import { describe, expect, test } from '@jest/globals';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { retryWhileThrottled } from '../../operations/retry-while-throttled.ts';
import { failureOf } from '../support/bytes.ts';

/** Work that fails a number of times with a code, and the count of its tries. */
function failing(times: number, code: SealdropErrorCode = 'THROTTLED') {
  const tries = { count: 0 };
  const work = () => {
    tries.count += 1;
    return tries.count <= times
      ? Promise.reject(new SealdropError(code, `try ${tries.count}`))
      : Promise.resolve('done');
  };
  const waits: number[] = [];
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  return { tries, work, waits, wait };
}

describe('work that a service throttles', () => {
  test.each([0, 1, 11])('%i times is done in the end', async (times) => {
    const { tries, work, wait } = failing(times);
    expect(await retryWhileThrottled(work, { wait })).toBe('done');
    expect(tries.count).toBe(times + 1);
  });

  test('twelve times is given up, with what the last try said', async () => {
    const { tries, work, wait, waits } = failing(12);
    expect((await failureOf(() => retryWhileThrottled(work, { wait }))).message).toBe('try 12');
    expect([tries.count, waits.length]).toEqual([12, 11]);
  });

  test('is given up after as many tries as one likes', async () => {
    const { tries, work, wait } = failing(10);
    await failureOf(() => retryWhileThrottled(work, { wait, attempts: 3 }));
    expect(tries.count).toBe(3);
  });

  test.each([
    ['the longest', 1, [500, 1000, 2000, 4000, 8000, 16_000, ...Array<number>(5).fill(20_000)]],
    ['the shortest', 0, [250, 500, 1000, 2000, 4000, 8000, ...Array<number>(5).fill(10_000)]],
  ])('waits twice as long each time, up to 20 s: %s of the waits', async (_, chance, expected) => {
    const { work, wait, waits } = failing(11);
    await retryWhileThrottled(work, { wait, random: () => chance });
    expect(waits).toEqual(expected);
  });

  test('is kept up for more than a minute, whatever chance says', async () => {
    const { work, wait, waits } = failing(11);
    await retryWhileThrottled(work, { wait });
    const total = waits.reduce((sum, each) => sum + each, 0);
    expect(total).toBeGreaterThanOrEqual(65_750);
    expect(total).toBeLessThanOrEqual(131_500);
  });

  test('is tried again as well where it could not be reached', async () => {
    const { work, wait } = failing(2, 'SERVICE_UNAVAILABLE');
    expect(await retryWhileThrottled(work, { wait })).toBe('done');
  });

  test.each(['OBJECT_CHANGED', 'ACCESS_DENIED', 'ABORTED', 'KEY_DISABLED'] as const)(
    'is not tried again where it failed with %s',
    async (code) => {
      const { tries, work, wait } = failing(1, code);
      expect((await failureOf(() => retryWhileThrottled(work, { wait }))).code).toBe(code);
      expect(tries.count).toBe(1);
    },
  );

  test('hands the signal to the wait, and is not tried again where that was stopped', async () => {
    const { tries, work } = failing(3);
    const stop = new AbortController();
    const waiting = failureOf(() => retryWhileThrottled(work, { signal: stop.signal }));
    await new Promise(setImmediate);
    stop.abort();
    expect((await waiting).code).toBe('ABORTED');
    expect(tries.count).toBe(1);
  });
});
