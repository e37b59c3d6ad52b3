import { brotliCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { batchReport } from '../../lambda/batch-report.ts';
import { noCounts } from '../../operations/rewrap-many.ts';

const report = {
  counts: { ...noCounts(), rewrapped: 2, failed: 1 },
  failures: [{ key: 'a', code: 'OBJECT_CHANGED', message: 'another writer was faster' }],
  left: ['b'],
  requests: { ReEncrypt: 2 },
};

test('what a batch told comes back as it was', () => {
  expect(batchReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
});

test('a code that a later version may have is taken as it is', () => {
  const later = { ...report, failures: [{ key: 'a', code: 'OF_A_LATER_VERSION', message: '' }] };
  expect(batchReport.parse(later)).toEqual(later);
});

test('what stands there compressed is taken apart', () => {
  const { failures, ...rest } = report;
  const packedFailures = brotliCompressSync(JSON.stringify(failures)).toString('base64');
  expect(batchReport.parse({ ...rest, packedFailures })).toEqual(report);
});

test.each([
  ['nothing', undefined],
  ['text', 'report'],
  ['what does not unpack', { ...report, packedFailures: 'bm8=' }],
  ['no counts', { ...report, counts: {} }],
  ['counts in words', { ...report, counts: { ...report.counts, failed: 'one' } }],
  ['failures without a code', { ...report, failures: [{ key: 'a', message: '' }] }],
  ['nothing left', { ...report, left: undefined }],
  ['no requests', { ...report, requests: undefined }],
])('%s is no report', (_, value) => {
  expect(batchReport.safeParse(value).success).toBe(false);
});
