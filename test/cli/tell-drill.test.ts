import { expect, test } from '@jest/globals';
import { tellDrill, type DrillLine, type DrillRecoveryPoint } from '../../cli/tell-drill.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const line: DrillLine = {
  ...{ verb: 'drill', place: 's3://replica/', region: 'eu-central-1', isPassed: true },
  ...{ startedAt: '2026-11-22T00:00:00.000Z', objects: 12_345, sealedBytes: 2 ** 30 },
  counts: { opened: 100, failed: 0, gone: 0, left: 0, share: 0 },
  ...{ reasons: {}, failures: [] },
  recoveryTimeSeconds: { listed: 1, firstOpened: 2, sample: 10, whole: 1234 },
  recoveryPoint: { basis: 'source', seconds: 0, behindObjects: 0 },
  calls: { s3: { 'eu-central-1': 110 }, kms: { 'eu-central-1': 100 } },
};

function told(changes: Partial<DrillLine> = {}): { stdout: string[]; stderr: string } {
  const io = fakeIo();
  tellDrill(io, { ...line, ...changes });
  return { stdout: io.stdout.text.trimEnd().split('\n'), stderr: io.stderr.text };
}

test('a drill that passed is told in four lines', () => {
  expect(told()).toEqual({
    stdout: [
      'opened 100 of 100 objects in eu-central-1, where there are 12,345, 1.0 GiB',
      'recovery point: 0 s, nothing is behind its source',
      'recovery time: first object after 2 s, the sample in 10 s, all at that rate in 20 min 34 s',
      'requests: 110 to s3 in eu-central-1, 100 to kms in eu-central-1',
    ],
    stderr: '',
  });
});

test.each<[DrillRecoveryPoint, string]>([
  [{ basis: 'source', seconds: 90, behindObjects: 1 }, '1 min 30 s, 1 object behind the source'],
  [
    { basis: 'newest-replica', seconds: 60 },
    'at most 1 min 0 s, the age of the newest replica; --source compares',
  ],
])('the recovery point %j', (recoveryPoint, words) => {
  expect(told({ recoveryPoint }).stdout[1]).toBe(`recovery point: ${words}`);
});

test('what failed is told by its reasons, and what to do once for all of a reason', () => {
  const failure = { code: 'KEY_DISABLED', message: 'it is disabled', hint: 'enable it' } as const;
  const { stdout, stderr } = told({
    counts: { opened: 1, failed: 2, gone: 3, left: 4, share: 1 },
    reasons: { KEY_DISABLED: 2 },
    failures: [
      { key: 'a', ...failure },
      { key: 'b', ...failure },
    ],
  });
  expect(stdout[0]).toBe(
    'opened 1 of 7 objects in eu-central-1, where there are 12,345, 1.0 GiB; failed 2: 2 KEY_DISABLED; not got to 4; 3 gone meanwhile; 1 share passed over',
  );
  expect(stderr).toBe(
    'sealdrop: error: s3://replica/: a did not open: it is disabled (KEY_DISABLED)\n' +
      'sealdrop: hint: enable it\n' +
      'sealdrop: error: s3://replica/: b did not open: it is disabled (KEY_DISABLED)\n',
  );
});

test('where nothing opened no time is known', () => {
  const { recoveryPoint: _, ...rest } = line;
  const io = fakeIo();
  tellDrill(io, { ...rest, recoveryTimeSeconds: { listed: 1, sample: 0 }, calls: {} });
  expect(io.stdout.text.split('\n').slice(1, 4)).toEqual([
    'recovery point: unknown',
    'recovery time: unknown, nothing opened',
    'requests: none',
  ]);
});
