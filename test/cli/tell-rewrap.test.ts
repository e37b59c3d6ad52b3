import { describe, expect, test } from '@jest/globals';
import type { OutputStatus } from '../../cli/output-line.ts';
import { tellCounts, tellRequests, tellRewrap } from '../../cli/tell-rewrap.ts';
import type { WorkSummary } from '../../cli/work.ts';
import { fakeIo } from '../support/fake-terminal.ts';

describe('an object', () => {
  test.each<[OutputStatus, boolean, string]>([
    ['rewrapped', false, ''],
    ['current', false, ''],
    ['current', true, 's3://b/a is current\n'],
    ['planned', true, 'would rewrap s3://b/a\n'],
    ['archived', false, 's3://b/a is archived, and stays in its old wrapping until it is restored\n'],
    ['not-sealed', true, 's3://b/a is not sealed\n'],
    ['gone', false, 's3://b/a is gone meanwhile\n'],
  ])('that is %s, in a plan: %s', (status, isPlan, expected) => {
    const io = fakeIo();
    tellRewrap(io, { isPlan, verb: 'rewrap' })({ verb: 'rewrap', from: 's3://b/a', status });
    expect([io.stdout.text, io.stderr.text]).toEqual([expected, '']);
  });

  test('has a name that does nothing to a terminal', () => {
    const io = fakeIo();
    tellRewrap(io, { isPlan: true, verb: 'reseal' })({
      verb: 'rewrap',
      from: '\u001b[2J',
      status: 'planned',
    });
    expect(io.stdout.text).toBe('would reseal \\u001b[2J\n');
  });
});

test.each<[WorkSummary['counts'], number, string]>([
  [{}, 0, 'there was nothing to do'],
  [{ rewrapped: 1 }, 0, 'rewrapped 1 object'],
  [{ resealed: 2, current: 3 }, 0, 'resealed 2 objects; current 3 objects'],
  [
    { moved: 1, rebound: 0, archived: 1, 'not-sealed': 2, gone: 1 },
    0,
    'moved 1 object; archived 1 object; not sealed 2 objects; gone 1 object',
  ],
  [{ planned: 1234, failed: 1 }, 1, 'planned 1,234 objects; failed 2 objects'],
])('what came of %j, with %i passed over', (counts, passedOver, words) => {
  const io = fakeIo();
  tellCounts(io, { counts, contentBytes: 0 }, passedOver);
  expect(io.stderr.text).toBe(`sealdrop: ${words}\n`);
});

test.each([
  [{}, {}, ''],
  [{}, { ReEncrypt: 2, DescribeKey: 1 }, 'sealdrop: requests sent: KMS 1 DescribeKey, 2 ReEncrypt\n'],
  [{ HeadObject: 1234 }, { ReEncrypt: 1 }, 'sealdrop: requests sent: S3 1,234 HeadObject; KMS 1 ReEncrypt\n'],
])('requests %j and %j', (s3, kms, expected) => {
  const io = fakeIo();
  tellRequests(io, s3, kms);
  expect(io.stderr.text).toBe(expected);
});
