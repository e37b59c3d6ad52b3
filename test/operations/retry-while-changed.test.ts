import { describe, expect, test } from '@jest/globals';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { retryWhileChanged } from '../../operations/retry-while-changed.ts';
import { failureOf } from '../support/bytes.ts';

/** Work that fails a number of times with a code, and the count of its tries. */
function failing(times: number, code: SealdropErrorCode) {
  const tries = { count: 0 };
  const work = () => {
    tries.count += 1;
    return tries.count <= times
      ? Promise.reject(new SealdropError(code, `try ${tries.count}`))
      : Promise.resolve('done');
  };
  return { tries, work };
}

describe('work that finds another writer faster', () => {
  test.each([0, 1, 4])('%i times is done in the end', async (times) => {
    const { tries, work } = failing(times, 'OBJECT_CHANGED');
    expect(await retryWhileChanged(work)).toBe('done');
    expect(tries.count).toBe(times + 1);
  });

  test('five times is given up', async () => {
    const { tries, work } = failing(5, 'OBJECT_CHANGED');
    expect((await failureOf(() => retryWhileChanged(work))).message).toBe('try 5');
    expect(tries.count).toBe(5);
  });

  test.each(['THROTTLED', 'VERIFICATION_FAILED', 'OBJECT_NOT_FOUND'] as const)(
    'is not tried again where it failed with %s',
    async (code) => {
      const { tries, work } = failing(1, code);
      expect((await failureOf(() => retryWhileChanged(work))).code).toBe(code);
      expect(tries.count).toBe(1);
    },
  );
});
