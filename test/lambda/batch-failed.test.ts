import { describe, expect, test } from '@jest/globals';
import { BatchFailed, isBatchFailed } from '../../lambda/batch-failed.ts';
import { batchReport } from '../../lambda/batch-report.ts';
import { noCounts, type RewrapFailure, type RewrapResult } from '../../operations/rewrap-many.ts';
import type { RewrapBatchReport } from '../../operations/rewrap-summary.ts';

function report(
  counts: Partial<Record<RewrapResult, number>>,
  more: Partial<RewrapBatchReport> = {},
): RewrapBatchReport {
  return { counts: { ...noCounts(), ...counts }, failures: [], left: [], requests: {}, ...more };
}

describe('a batch', () => {
  test.each([
    [{ failed: 1 }],
    [{ failed: 100 }],
    [{ failed: 50, current: 50 }],
    [{ failed: 2, archived: 1, gone: 1 }],
  ])('counts as failed with %j', (counts) => {
    expect(isBatchFailed(report(counts))).toBe(true);
  });

  test.each([
    [{}],
    [{ current: 100 }],
    [{ failed: 99, rewrapped: 1 }],
    [{ failed: 1, current: 99 }],
    [{ failed: 49, current: 51 }],
  ])('does not with %j', (counts) => {
    expect(isBatchFailed(report(counts))).toBe(false);
  });

  test('does not where something of it is left to go on with', () => {
    expect(isBatchFailed(report({ failed: 3 }, { left: ['a'] }))).toBe(false);
  });
});

describe('a failed batch', () => {
  /** What Step Functions is told of it, by Lambda. */
  const causeOf = ({ name, message, stack = '' }: Error): string =>
    JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') });
  const failures = (key: string): RewrapFailure[] =>
    Array.from({ length: 100 }, (_, index) => ({
      key: `${key}${index}`,
      code: 'KEY_DISABLED',
      message: 'disabled',
    }));

  test.each([
    ['short', 'a'],
    ['long', 'n'.repeat(1022)],
    ['in need of escapes', '"\\'.repeat(511)],
    ['in another script', '世'.repeat(340)],
  ])('tells of as many keys that are %s as Step Functions has room for', (_, key) => {
    const error = new BatchFailed(report({ failed: 100 }, { failures: failures(key) }));
    const told = batchReport.parse(JSON.parse(error.message));
    expect(causeOf(error).length).toBeLessThan(32_768);
    expect(told.counts.failed).toBe(100);
    expect(told.failures).toEqual(failures(key).slice(0, told.failures.length));
    expect(told.failures.length).toBeGreaterThan(3);
  });
});
