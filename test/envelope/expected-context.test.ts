import { describe, expect, test } from '@jest/globals';
import { assertExpectedContext } from '../../envelope/expected-context.ts';
import type { WrappingAlgorithm } from '../../envelope/wrapping-algorithm.ts';

const bound = { vault: 'a' };
const further = { vault: 'a', mail: '1' };
const other = { vault: 'b' };

/** Whether a data key that is wrapped so, with this context beside it, is taken where `bound` is expected. */
const isTaken = (wrappingAlgorithm: WrappingAlgorithm, context: Record<string, string>): boolean => {
  try {
    assertExpectedContext({ wrappingAlgorithm, context }, bound);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONTEXT_MISMATCH' });
    return false;
  }
};

describe('the context of a data key', () => {
  test.each([
    ['kms+context', bound, true],
    ['kms+context', further, false],
    ['kms+context', other, false],
    ['kms+context', {}, false],
    // What older writers added, nobody else can know.
    ['kms', bound, true],
    ['kms', further, true],
    ['kms', other, false],
    ['kms', {}, false],
    // Raw keys authenticate no context.
    ['AES/GCM', bound, false],
    ['RSA-OAEP-SHA1', bound, false],
  ] as const)('wrapped with %s, %j: taken %s', (algorithm, context, taken) => {
    expect(isTaken(algorithm, context)).toBe(taken);
  });
});
