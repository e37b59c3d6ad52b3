import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toEnvironment } from '../../lambda/settings.ts';
import { noCounts, type RewrapResult } from '../../operations/rewrap-many.ts';
import { priceTable } from '../../operations/price-table.ts';
import type { RewrapBatchReport } from '../../operations/rewrap-summary.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { mockS3 } from '../support/mock-s3.ts';

const reportBucket = 'reports';
const prefix = 'runs/run-1/';
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';

Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'false',
  ...toEnvironment({ vaultId: 'archive', reportBucket, toleratedFailurePercentage: 10 }),
});
const { handler } = await import('../../lambda/rewrap-report.ts');

let store: MemoryObjectStore;
let log = '';
beforeEach(() => {
  log = '';
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      log += `${args.map(String).join(' ')}\n`;
    });
  }
  store = new MemoryObjectStore();
  mockS3(S3Client, store);
});
afterEach(() => {
  jest.restoreAllMocks();
});

function told(
  counts: Partial<Record<RewrapResult, number>>,
  more: Partial<RewrapBatchReport> = {},
): RewrapBatchReport {
  return {
    counts: { ...noCounts(), ...counts },
    failures: [],
    left: [],
    requests: { HeadObject: 1 },
    ...more,
  };
}

/** The record of a child execution that failed, over three objects. */
function failedChild(errorMessage: string): object {
  return {
    Status: 'FAILED',
    Input: JSON.stringify({ Items: [{ key: 'x' }, { key: 'y' }, { key: 'z' }] }),
    Error: 'BatchFailed',
    Cause: JSON.stringify({ errorType: 'BatchFailed', errorMessage, trace: ['BatchFailed'] }),
  };
}

/** Leaves the results of a map as its ResultWriter does. */
function leave(name: string, records: readonly object[]): void {
  const text = records.map((record) => JSON.stringify(record)).join('\n');
  store.put(reportBucket, `${prefix}0f1e/${name}`, Buffer.from(text));
}

const report = (ended: object = {}) =>
  handler({
    prefix,
    startedAt: '2026-11-22T10:00:00.000Z',
    key: { Arn: keyArn, CurrentKeyMaterialId: 'material-2', KeyState: 'Enabled' },
    ended,
  });
const summary = (): unknown =>
  JSON.parse(store.contentOf({ bucket: reportBucket, key: `${prefix}summary.json` }).toString());

describe('the report of a run', () => {
  test('adds up what its batches told, and is written down beside their results', async () => {
    const failure = { key: 'a', code: 'METADATA_HIDDEN', message: 'hidden' } as const;
    leave('SUCCEEDED_0.jsonl', [
      told({ rewrapped: 90, current: 5 }),
      told({ failed: 1, archived: 4 }, { failures: [failure] }),
    ]);
    leave('manifest.json', [{ DestinationBucket: reportBucket }]);
    store.put(
      reportBucket,
      'runs/run-10/0f1e/SUCCEEDED_0.jsonl',
      Buffer.from(JSON.stringify(told({ gone: 1 }))),
    );
    const answer = await report();
    const sum = {
      counts: { ...noCounts(), rewrapped: 90, current: 5, archived: 4, failed: 1 },
      requests: { HeadObject: 2 },
      cost: { dollars: 2 * priceTable.s3Read, pricesAsOf: priceTable.asOf, region: priceTable.region },
      left: 0,
      isCutShort: false,
      isFailed: false,
      current: { keyArn, keyMaterialId: 'material-2' },
      startedAt: '2026-11-22T10:00:00.000Z',
      endedAt: expect.any(String),
    };
    expect(answer).toEqual({ ...sum, summaryKey: `${prefix}summary.json` });
    expect(summary()).toEqual({ ...sum, failures: [failure] });
  });

  test('of a bucket with nothing in it is a good one', async () => {
    expect(await report()).toMatchObject({ counts: noCounts(), isFailed: false });
  });

  test('takes what a failed batch told out of its error', async () => {
    const failure = { key: 'x', code: 'KEY_DISABLED', message: 'disabled' } as const;
    const batch = told({ failed: 3 }, { failures: [failure] });
    leave('FAILED_0.jsonl', [failedChild(JSON.stringify(batch))]);
    expect(await report()).toMatchObject({ counts: { failed: 3 }, left: 0, isFailed: true });
    expect(summary()).toMatchObject({ failures: [failure] });
  });

  test('counts the objects of a batch that told nothing as left', async () => {
    leave('FAILED_0.jsonl', [failedChild('the function was cut off'), { Status: 'FAILED' }]);
    expect(await report()).toMatchObject({ counts: noCounts(), left: 3, isFailed: true });
  });

  test.each([
    { failed: 10, current: 90, isFailed: false },
    { failed: 11, current: 89, isFailed: true },
  ])('fails the run above the tolerance, and not at it: %j', async ({ isFailed, ...counts }) => {
    leave('SUCCEEDED_0.jsonl', [told(counts)]);
    expect(await report()).toMatchObject({ isFailed });
  });

  test.each(['States.ExceedToleratedFailureThreshold', 'States.ItemReaderFailed'])(
    'names %s as what cut the run short, which fails it',
    async (error) => {
      leave('SUCCEEDED_0.jsonl', [told({ rewrapped: 100 })]);
      const ended = { Error: error, Cause: 'a reason' };
      expect(await report(ended)).toMatchObject({ error, isCutShort: true, isFailed: true });
    },
  );

  test('knows by the batches that never began that the run was cut short', async () => {
    leave('PENDING_0.jsonl', [{ Status: 'PENDING', Input: '{}' }]);
    expect(await report()).toMatchObject({ isCutShort: true, isFailed: true });
  });

  test('names no object in its answer, its log and its metrics', async () => {
    const failures = [{ key: 'secret-name', code: 'METADATA_HIDDEN', message: 'hidden' } as const];
    leave('SUCCEEDED_0.jsonl', [told({ failed: 1, rewrapped: 7 }, { failures })]);
    expect(JSON.stringify(await report())).not.toContain('secret-name');
    expect(log).not.toContain('secret-name');
    expect(log).toMatch(/"Rewrapped":7/);
    expect(log).toMatch(/"RewrapFailed":1/);
    expect(log).toMatch(/"RewrapIncomplete":0/);
  });

  test('tells of a thousand failures one by one, and counts them all', async () => {
    const failures = Array.from({ length: 100 }, (_, index) => ({
      key: `key-${index}`,
      code: 'METADATA_HIDDEN' as const,
      message: '',
    }));
    leave(
      'SUCCEEDED_0.jsonl',
      Array.from({ length: 11 }, () => told({ failed: 100 }, { failures })),
    );
    expect((await report()).counts.failed).toBe(1100);
    expect((summary() as { failures: object[] }).failures).toHaveLength(1000);
  });

  test('that is made again takes the place of the one before', async () => {
    await report();
    leave('SUCCEEDED_0.jsonl', [told({ current: 1 })]);
    await report();
    expect(summary()).toMatchObject({ counts: { current: 1 } });
  });

  test.each([[{}], [{ prefix: 'runs/run-1' }]])('of nothing that is a run is refused: %j', async (event) => {
    await expect(handler(event)).rejects.toThrow();
  });
});
