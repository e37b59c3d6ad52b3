import { expect, test } from '@jest/globals';
import type { OutputLine } from '../../cli/output-line.ts';
import { tellMove } from '../../cli/tell-move.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const line = { verb: 'seal', from: 'a', to: 's3://b/a', contentLengthBytes: 2048 } as const;
const { contentLengthBytes, ...withoutLength } = line;

test.each<[OutputLine, boolean, string, string]>([
  [{ ...line, status: 'planned' }, true, `would seal a to s3://b/a (2.0 KiB)\n`, ''],
  [{ ...line, status: 'planned' }, false, `would seal a to s3://b/a (2.0 KiB)\n`, ''],
  [{ ...withoutLength, verb: 'open', status: 'planned' }, false, 'would open a to s3://b/a\n', ''],
  [{ ...line, contentLengthBytes: 0, status: 'planned' }, false, 'would seal a to s3://b/a (0 B)\n', ''],
  [{ ...line, status: 'current' }, false, '', 'sealdrop: s3://b/a is current: there was nothing to do\n'],
  [{ ...line, status: 'current' }, true, '', ''],
  [{ ...line, status: 'sealed' }, false, '', ''],
  [{ ...line, status: 'opened' }, true, '', ''],
])('%j, below a tree: %s', (told, isTree, stdout, stderr) => {
  const io = fakeIo();
  tellMove(io, isTree)(told);
  expect([io.stdout.text, io.stderr.text]).toEqual([stdout, stderr]);
  expect(contentLengthBytes).toBe(2048);
});
