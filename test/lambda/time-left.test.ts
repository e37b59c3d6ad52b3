import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { hasTimeLeft, stopBeforeTimeout } from '../../lambda/time-left.ts';
import { lambdaContext } from '../support/lambda-context.ts';

describe('the time that is left', () => {
  test.each([
    [900_000, true],
    [30_001, true],
    [30_000, false],
    [0, false],
  ])('of %i ms allows something new: %s', (milliseconds, expected) => {
    expect(hasTimeLeft(lambdaContext(milliseconds))).toBe(expected);
  });
});

describe('the signal', () => {
  let timeouts: number[] = [];
  beforeEach(() => {
    timeouts = [];
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      timeouts.push(milliseconds);
      return timeout(milliseconds);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each([
    [900_000, 885_000],
    [20_000, 5_000],
    [16_000, 1_000],
    [3_000, 1_000],
    [0, 1_000],
  ])('of a function with %i ms left stops after %i', (left, expected) => {
    expect(stopBeforeTimeout(lambdaContext(left)).aborted).toBe(false);
    expect(timeouts).toEqual([expected]);
  });
});
