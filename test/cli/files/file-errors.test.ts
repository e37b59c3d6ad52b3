import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorCatalogue, SealdropError } from '../../../envelope/index.ts';
import {
  fileInTheWay,
  folderInTheWay,
  hasCode,
  notARegularFile,
  somethingAt,
  toFileError,
} from '../../../cli/files/file-errors.ts';

const failed = (code: unknown): Error => Object.assign(new Error('the system spoke'), { code });

describe('an error of the file system', () => {
  test.each([
    ['ENOENT', 'FILE_NOT_FOUND', 'there is no file or folder "a/b"'],
    ['EACCES', 'FILE_ACCESS_DENIED', 'no permission for "a/b"'],
    ['EPERM', 'FILE_ACCESS_DENIED', 'the system does not permit the work on "a/b"'],
    ['EROFS', 'FILE_ACCESS_DENIED', 'the file system is read-only: "a/b"'],
    ['ENOSPC', 'DISK_FULL', 'no space is left for "a/b"'],
    ['EDQUOT', 'DISK_FULL', 'the quota of disk space is used up for "a/b"'],
    ['EFBIG', 'DISK_FULL', 'the file system takes no file so long as "a/b"'],
    ['EEXIST', 'OUTPUT_EXISTS', 'there is already "a/b"'],
    ['EISDIR', 'FILE_FAILED', 'a folder stands in the place of the file "a/b"'],
    ['ENOTDIR', 'FILE_FAILED', 'a file stands in the place of a folder in the path "a/b"'],
    ['ELOOP', 'FILE_FAILED', 'symbolic links go round in a circle at "a/b"'],
    ['EMFILE', 'FILE_FAILED', 'too many files are open: "a/b"'],
    ['ENFILE', 'FILE_FAILED', 'too many files are open: "a/b"'],
    ['ENAMETOOLONG', 'FILE_NAME_INVALID', 'the file system takes no name so long as "a/b"'],
    ['EIO', 'FILE_FAILED', 'the system failed (EIO) at "a/b"'],
  ])('%s is %s', (code, expected, message) => {
    const cause = failed(code);
    const error = toFileError(cause, 'a/b');
    expect(error).toMatchObject({ code: expected, message, fields: { path: 'a/b' }, cause });
    expect(error.hint).toMatch(/^[^.A-Z]/);
  });

  test.each([
    ['EROFS', 'name a place on another file system'],
    ['EISDIR', 'name another place, or move the folder away'],
    ['ENOTDIR', 'name another place, or move the file away'],
    [
      'EMFILE',
      'work on fewer objects at a time (--concurrency), or raise the limit of open files (ulimit -n)',
    ],
    ['ENOENT', errorCatalogue.FILE_NOT_FOUND.hint],
    ['EIO', errorCatalogue.FILE_FAILED.hint],
  ])('%s has a hint that fits', (code, hint) => {
    expect(toFileError(failed(code), 'a').hint).toBe(hint);
  });

  test.each([undefined, null, 'text', 7, {}, failed(undefined), failed(7), failed('constructor')])(
    'may be anything: %p',
    (thrown) => {
      const { code, message } = toFileError(thrown, 'a');
      expect(code).toBe('FILE_FAILED');
      expect(message).toMatch(/^the system failed( \(constructor\))? at "a"$/);
    },
  );

  test('is left alone where it is one of ours', () => {
    const ours = new SealdropError('ABORTED', 'stopped');
    expect(toFileError(ours, 'a')).toBe(ours);
  });

  test('never brings control characters of a name to a terminal', () => {
    expect(toFileError(failed('ENOENT'), 'a\n\u001b[2Jb').message).toBe(
      'there is no file or folder "a\\n\\u001b[2Jb"',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(toFileError(failed('EIO'), path).message).toMatch(/^\P{Cc}*$/u);
      }),
    );
  });
});

test('what is in the way is named', () => {
  expect(folderInTheWay('a')).toMatchObject({
    code: 'FILE_FAILED',
    message: expect.stringMatching(/a folder stands/),
    fields: { path: 'a' },
  });
  expect(fileInTheWay('a')).toMatchObject({
    code: 'FILE_FAILED',
    message: expect.stringMatching(/a file stands/),
    fields: { path: 'a' },
  });
  expect(notARegularFile('a')).toMatchObject({ code: 'FILE_FAILED', fields: { path: 'a' } });
  expect(somethingAt('a')).toMatchObject({ code: 'OUTPUT_EXISTS', hint: errorCatalogue.OUTPUT_EXISTS.hint });
  expect(somethingAt('a', 'move it')).toMatchObject({ code: 'OUTPUT_EXISTS', hint: 'move it' });
});

test.each([
  [failed('ENOENT'), ['ENOENT'], true],
  [failed('ENOENT'), ['EEXIST', 'ENOENT'], true],
  [failed('ENOENT'), ['EEXIST'], false],
  [undefined, ['ENOENT'], false],
  [failed(undefined), ['undefined'], false],
])('%p has one of the codes %p: %p', (error, codes, expected) => {
  expect(hasCode(error, ...codes)).toBe(expected);
});
