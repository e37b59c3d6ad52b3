import { expect, test } from '@jest/globals';
import type { SweepFinding, SweepReport } from '../../cli/sweep.ts';
import { tellSweep } from '../../cli/tell-sweep.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const none = { needed: 0, 'not-needed': 0, unclear: 0, unseen: 0, 'no-data-key': 0 };
const head = 'VERSIONS    NEED IT  DO NOT  UNCLEAR  NOT LOOKED AT  WITHOUT A DATA KEY';

function told(
  findings: readonly SweepFinding[],
  counts: Partial<SweepReport['counts']> = {},
  gone = 0,
): [string[], string[]] {
  const io = fakeIo();
  tellSweep(io, { findings, gone, counts: { current: none, noncurrent: none, archived: none, ...counts } });
  const lines = (text: string): string[] => text.split('\n').slice(0, -1);
  return [lines(io.stdout.text), lines(io.stderr.text)];
}

test('nothing is a table of noughts', () => {
  expect(told([])).toEqual([
    [
      head,
      'current     0        0       0        0              0',
      'noncurrent  0        0       0        0              0',
      'archived    0        0       0        0              0',
    ],
    [],
  ]);
});

test('what stands in the way is told one by one, and why it could not be looked at', () => {
  const error = { code: 'ACCESS_DENIED', message: 'no', hint: 'ask' };
  const finding = { place: 's3://b/\u001b', versionId: 'v' };
  const [stdout, stderr] = told(
    [
      { ...finding, versionClass: 'current', answer: 'needed' },
      { ...finding, versionClass: 'archived', answer: 'unclear' },
      { ...finding, versionClass: 'noncurrent', answer: 'unseen', error },
      { ...finding, versionClass: 'noncurrent', answer: 'unseen', error },
    ],
    { current: { ...none, needed: 1234 }, noncurrent: { ...none, unseen: 2, unclear: 1, 'not-needed': 7 } },
  );
  expect(stdout.slice(0, 7)).toEqual([
    'needs it: s3://b/\\u001b, version v (current)',
    'unclear: s3://b/\\u001b, version v (archived)',
    'not looked at: s3://b/\\u001b, version v (noncurrent)',
    'not looked at: s3://b/\\u001b, version v (noncurrent)',
    'and 1,233 versions more',
    head,
    'current     1,234    0       0        0              0',
  ]);
  expect(stderr).toEqual(['sealdrop: error: no', 'sealdrop: hint: ask', 'sealdrop: error: no']);
});

test('what was gone is told of', () => {
  expect(told([], {}, 2)[0].at(-1)).toBe('2 versions gone before anybody looked');
});
