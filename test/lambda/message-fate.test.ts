import { describe, expect, test } from '@jest/globals';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { fateOf, isOutage, worstOf } from '../../lambda/message-fate.ts';

const patience = { maxReceives: 12, keepTryingSeconds: 1_000 };
const failed = (code: SealdropErrorCode): SealdropError => new SealdropError(code, 'failed');

describe.each(['SERVICE_UNAVAILABLE', 'THROTTLED', 'KEY_UNAVAILABLE'] as const)('%s', (code) => {
  test.each([
    { receiveCount: 1, waitedSeconds: 0, fate: 'return' },
    { receiveCount: 10, waitedSeconds: 999, fate: 'return' },
    { receiveCount: 11, waitedSeconds: 0, fate: 'renew' },
    { receiveCount: 11, waitedSeconds: 999, fate: 'renew' },
    { receiveCount: 12, waitedSeconds: 999, fate: 'renew' },
    { receiveCount: 10, waitedSeconds: 5_000, fate: 'return' },
    { receiveCount: 11, waitedSeconds: 1_000, fate: 'return' },
    { receiveCount: 12, waitedSeconds: 1_000, fate: 'dead-letter' },
    { receiveCount: 13, waitedSeconds: 5_000, fate: 'dead-letter' },
  ])('after $receiveCount receives and $waitedSeconds s: $fate', ({ fate, ...tries }) => {
    expect(fateOf(failed(code), tries, patience)).toBe(fate);
  });

  test('is an outage, which is worth the most of several failures', () => {
    expect(isOutage(failed(code))).toBe(true);
    const others = [failed('RESERVED_NAME'), failed('OBJECT_CHANGED'), new Error('unexpected')];
    for (const at of [0, 1, 2, 3]) {
      expect(worstOf(others.toSpliced(at, 0, failed(code)), 12)).toMatchObject({ code });
    }
  });

  test('with one receive is sent anew at once; with no time to keep trying, never', () => {
    const tries = { receiveCount: 1, waitedSeconds: 0 };
    expect(fateOf(failed(code), tries, { ...patience, maxReceives: 1 })).toBe('renew');
    expect(fateOf(failed(code), tries, { maxReceives: 1, keepTryingSeconds: 0 })).toBe('dead-letter');
  });
});

test.each<[unknown, number]>([
  [failed('OBJECT_CHANGED'), 12],
  [failed('ABORTED'), 12],
  [failed('SERVICE_FAILED'), 12],
  [new Error('unexpected'), 12],
  [undefined, 12],
  [failed('ACCESS_DENIED'), 5],
  [failed('RESERVED_NAME'), 1],
  [failed('KEY_DISABLED'), 1],
])('%s is tried %i times, however young the message is', (error, tries) => {
  expect(isOutage(error)).toBe(false);
  for (let receiveCount = 1; receiveCount < tries; receiveCount += 1) {
    expect(fateOf(error, { receiveCount, waitedSeconds: 0 }, patience)).toBe('return');
  }
  for (const receiveCount of [tries, tries + 1]) {
    expect(fateOf(error, { receiveCount, waitedSeconds: 0 }, patience)).toBe('dead-letter');
  }
});

test('a denied message is tried no more often than the queue allows', () => {
  const tries = { receiveCount: 2, waitedSeconds: 0 };
  expect(fateOf(failed('ACCESS_DENIED'), tries, { ...patience, maxReceives: 2 })).toBe('dead-letter');
});

test('of failures that are worth the same, the first is told', () => {
  expect(worstOf([failed('RESERVED_NAME'), failed('KEY_DISABLED')], 12)).toMatchObject({
    code: 'RESERVED_NAME',
  });
  expect(worstOf([failed('RESERVED_NAME'), failed('OBJECT_CHANGED')], 12)).toMatchObject({
    code: 'OBJECT_CHANGED',
  });
});
