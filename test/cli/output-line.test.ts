import { describe, expect, test } from '@jest/globals';
import { writeJson } from '../../cli/output-line.ts';
import { outputLine } from '../support/output-line-schema.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const least = { verb: 'seal', from: 'a', status: 'sealed' };
const error = { code: 'FILE_CHANGED', message: 'it changed', hint: 'again' };

describe('a line of JSON', () => {
  test.each([
    least,
    { ...least, to: 's3://b/a', contentLengthBytes: 0, versionId: 'v' },
    { ...least, verb: 'open', status: 'failed', error },
    { ...least, verb: 'verify', status: 'finding', error },
    { ...least, verb: 'rewrap', status: 'archived', sealedLengthBytes: 17 },
    { ...least, verb: 'rebind', status: 'moved', to: 's3://b/a', versionId: 'v' },
    ...['rewrapped', 'resealed', 'rebound', 'not-sealed', 'gone'].map((status) => ({ ...least, status })),
    ...['opened', 'current', 'planned', 'sound', 'repaired'].map((status) => ({ ...least, status })),
  ])('can be %j', (line) => {
    expect(outputLine.parse(line)).toEqual(line);
  });

  test.each([
    {},
    { ...least, verb: 'retire' },
    { ...least, status: 'done' },
    { ...least, from: undefined },
    { ...least, to: null },
    { ...least, contentLengthBytes: -1 },
    { ...least, contentLengthBytes: 1.5 },
    { ...least, contentLengthBytes: '1' },
    { ...least, sealedLengthBytes: -1 },
    { ...least, versionId: 1 },
    { ...least, more: 1 },
    { ...least, error: 'it failed' },
    { ...least, error: { ...error, hint: undefined } },
    { ...least, error: { ...error, cause: 'x' } },
  ])('cannot be %j', (line) => {
    expect(outputLine.safeParse(line).success).toBe(false);
  });

  test('is one line, and alone on standard output', () => {
    const io = fakeIo();
    writeJson(io, { from: 'a\nb"c', to: undefined });
    writeJson(io, 1);
    expect([io.stdout.writes, io.stderr.text]).toEqual([['{"from":"a\\nb\\"c"}\n', '1\n'], '']);
  });
});
