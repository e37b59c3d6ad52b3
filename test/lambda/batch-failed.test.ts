import { createHash, randomBytes } from 'node:crypto';
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

/** What could not be done of a batch, one by one. */
const failed = (code: RewrapFailure['code'], message: string): Partial<RewrapBatchReport> => ({
  failures: [{ key: 'a', code, message }],
});

describe('a batch that is nearly all current', () => {
  test.each([
    ['KEY_DISABLED', 'kms:ReEncrypt on key/1 failed'],
    ['KEY_NOT_FOUND', 'kms:ReEncrypt on key/1 failed'],
    ['KEY_PENDING_DELETION', 'kms:ReEncrypt on key/1 failed'],
    ['KEY_UNAVAILABLE', 'kms:ReEncrypt on key/1 failed'],
    ['ACCESS_DENIED', 'kms:ReEncrypt on key/1 failed'],
  ] as const)('counts as failed where the key is the reason: %s', (code, message) => {
    expect(isBatchFailed(report({ failed: 1, current: 99 }, failed(code, message)))).toBe(true);
    expect(isBatchFailed(report({ failed: 1, current: 98, rewrapped: 1 }, failed(code, message)))).toBe(
      false,
    );
  });

  test.each([
    ['ACCESS_DENIED', 's3:HeadObject on sealed/kms:ReEncrypt failed'],
    ['OBJECT_CHANGED', 'another writer was faster'],
    ['KEY_MISMATCH', 'another key wrapped it'],
  ] as const)('does not where one object is: %s', (code, message) => {
    expect(isBatchFailed(report({ failed: 1, current: 99 }, failed(code, message)))).toBe(false);
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
  ])('tells of every key that is %s in what Step Functions has room for', (_, key) => {
    const error = new BatchFailed(report({ failed: 100 }, { failures: failures(key) }));
    const told = batchReport.parse(JSON.parse(error.message));
    expect(causeOf(error).length).toBeLessThan(32_768);
    expect(told.counts.failed).toBe(100);
    expect(told.failures).toEqual(failures(key));
  });

  test('tells of 100 keys of 400 bytes that end at random', () => {
    const all = Array.from({ length: 100 }, (_, index) => ({
      ...{ code: 'ACCESS_DENIED' as const, message: 'kms:ReEncrypt on key/1 failed' },
      key: `tenants/${'a'.repeat(328)}/${createHash('sha256').update(String(index)).digest('hex').slice(0, 63)}`,
    }));
    expect(Buffer.byteLength(all[0]?.key ?? '')).toBe(400);
    const error = new BatchFailed(report({ failed: 100 }, { failures: all }));
    expect(causeOf(error).length).toBeLessThan(32_768);
    expect(batchReport.parse(JSON.parse(error.message)).failures).toEqual(all);
  });

  test('tells of as many keys without any order in them as there is room for, and of how many there are', () => {
    const all = Array.from({ length: 100 }, (_, index) => ({
      ...{ code: 'KEY_DISABLED' as const, message: 'disabled' },
      key: randomBytes(750).toString('base64url') + String(index),
    }));
    const error = new BatchFailed(report({ failed: 100 }, { failures: all }));
    const told = batchReport.parse(JSON.parse(error.message));
    expect(causeOf(error).length).toBeLessThan(32_768);
    expect(told.counts.failed).toBe(100);
    expect(told.failures).toEqual(all.slice(0, told.failures.length));
    expect(told.failures.length).toBeGreaterThan(25);
  });
});
