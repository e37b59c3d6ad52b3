import { expect, test } from '@jest/globals';
import { toOutputError } from '../../cli/output-error.ts';
import { SealdropError } from '../../envelope/index.ts';

const failing = (code: string): Error => Object.assign(new Error(`write ${code}`), { code });
const hint = 'free space where standard output goes, or send it elsewhere, and run the command again';

test.each([
  ['ENOSPC', 'DISK_FULL', 'no space is left for "standard output"', hint],
  ['EDQUOT', 'DISK_FULL', 'the quota of disk space is used up for "standard output"', hint],
  ['EFBIG', 'DISK_FULL', expect.any(String), expect.stringContaining('ulimit -f')],
  ['EIO', 'FILE_FAILED', 'the system failed (EIO) at "standard output"', expect.any(String)],
])('an output that fails by %s', (system, code, message, expected) => {
  const error = failing(system);
  expect(toOutputError(error)).toMatchObject({ code, message, hint: expected, cause: error });
});

test('what is told already is told as it is', () => {
  const error = new SealdropError('DISK_FULL', 'no space is left for "a"');
  expect(toOutputError(error)).toBe(error);
});
