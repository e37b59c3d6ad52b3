import { describe, expect, test } from '@jest/globals';
import { noCounts, type RewrapFailure } from '../../operations/rewrap-many.ts';
import { continuedReport, RewrapTotals, type RewrapBatchReport } from '../../operations/rewrap-summary.ts';

const failuresOf = (...keys: string[]): RewrapFailure[] =>
  keys.map((key) => ({ key, code: 'THROTTLED', message: 'too much' }));

const first: RewrapBatchReport = {
  counts: { ...noCounts(), rewrapped: 3, current: 1, failed: 2 },
  requests: { HeadObject: 6, ReEncrypt: 5 },
  failures: failuresOf('a', 'b'),
  left: ['x', 'y', 'z'],
};
const second: RewrapBatchReport = {
  counts: { ...noCounts(), rewrapped: 1, gone: 1, failed: 1 },
  requests: { HeadObject: 3, CopyObject: 1 },
  failures: failuresOf('c'),
  left: ['z'],
};
const sums = {
  counts: { ...noCounts(), rewrapped: 4, current: 1, gone: 1, failed: 3 },
  requests: { HeadObject: 9, ReEncrypt: 5, CopyObject: 1 },
};

describe('the totals of a run', () => {
  test('are nothing at first', () => {
    expect(new RewrapTotals(10).summary()).toEqual({
      ...{ counts: noCounts(), requests: {}, failures: [], left: 0 },
      isCutShort: false,
    });
  });

  test('are the sums of its batches', () => {
    const totals = new RewrapTotals(10);
    totals.add(first);
    totals.add(second);
    expect(totals.summary()).toEqual({
      ...sums,
      failures: failuresOf('a', 'b', 'c'),
      left: 4,
      isCutShort: false,
    });
  });

  test.each([
    [0, []],
    [1, ['a']],
    [2, ['a', 'b']],
    [3, ['a', 'b', 'c']],
  ])('tell of the first failures, %i at most, and count all', (maxFailures, keys) => {
    const totals = new RewrapTotals(maxFailures);
    for (const each of [first, second, { ...second, failures: failuresOf('d').slice(0, maxFailures - 3) }]) {
      totals.add(each);
    }
    expect(totals.summary().failures.map(({ key }) => key)).toEqual(keys);
    expect(totals.summary().counts.failed).toBe(4);
  });

  test('count what lost batches had, and say that others were never begun', () => {
    const totals = new RewrapTotals(10);
    totals.add(first);
    totals.addLost(100);
    totals.addLost(0);
    expect(totals.summary()).toMatchObject({ left: 103, isCutShort: false });
    totals.cutShort();
    expect(totals.summary()).toMatchObject({ left: 103, isCutShort: true });
  });

  test('leave the reports as they are, and one run apart from another', () => {
    const before = structuredClone(first);
    const totals = new RewrapTotals(10);
    totals.add(first);
    totals.add(second);
    new RewrapTotals(10).add(first);
    expect(first).toEqual(before);
    expect(new RewrapTotals(10).summary().counts).toEqual(noCounts());
  });
});

describe('a batch that was gone on with', () => {
  test('tells of both, and leaves what the second left', () => {
    expect(continuedReport(first, second)).toEqual({
      ...sums,
      failures: failuresOf('a', 'b', 'c'),
      left: ['z'],
    });
  });

  test('after nothing is itself', () => {
    const nothing = { counts: noCounts(), failures: [], left: [], requests: {} };
    expect(continuedReport(nothing, first)).toEqual(first);
  });
});
