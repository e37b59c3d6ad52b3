import { posix, win32 } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pathAt, singlePath, treePaths } from '../../../cli/files/key-paths.ts';

describe('the paths of a tree', () => {
  test.each([
    ['out', '', 'a', 'out/a'],
    ['out/', '', 'a/b', 'out/a/b'],
    ['/out', '', 'a/b', '/out/a/b'],
    ['.', '', 'a', 'a'],
    ['../out', 'p/', 'p/a', '../out/a'],
    ['out', 'logs/2026', 'logs/2026-01/a', 'out/-01/a'],
    ['out', '', 'a b/c+d/e%2Ff', 'out/a b/c+d/e%2Ff'],
    ['out', '', '..a/b..', 'out/..a/b..'],
    ['out', '', '...', 'out/...'],
    ['out', '', 'a\nb', 'out/a\nb'],
    ['out', '', 'C:\\a', 'out/C:\\a'],
    ['out', '', 'con', 'out/con'],
    ['out', '', 'ü/\u{1f600}', 'out/ü/\u{1f600}'],
    ['out', '', 'x'.repeat(255), `out/${'x'.repeat(255)}`],
  ])('root %p, prefix %p: %p is at %p', (root, keyPrefix, key, path) => {
    expect(treePaths(root, keyPrefix, 'linux').pathOf(key)).toBe(path);
  });

  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    './a',
    'a/.',
    'a/./b',
    '../a',
    'a/..',
    'a/../b',
    'a/../../b',
    'a\0b',
    'a/\ud800',
    'x'.repeat(256),
    `a/${'ü'.repeat(128)}/b`,
  ])('no file is for the key %p', (key) => {
    for (const keyPrefix of ['', 'p/', 'p']) {
      const paths = treePaths('/out', keyPrefix, 'linux');
      expect(() => paths.pathOf(keyPrefix + key)).toThrow(
        expect.objectContaining({ code: 'FILE_NAME_INVALID', fields: { key: keyPrefix + key } }),
      );
    }
  });

  test('no file is for a key without the prefix', () => {
    expect(() => treePaths('out', 'p/', 'linux').pathOf('q/a')).toThrow(
      expect.objectContaining({
        code: 'FILE_NAME_INVALID',
        message: 'no file can be named after the key "q/a": it does not begin with "p/"',
      }),
    );
  });

  test.each([
    'a\\b',
    '..\\a',
    'C:',
    'C:/a',
    'a:stream',
    'a.',
    'a ',
    'a./b',
    'CON',
    'nul.txt',
    'a/Com1',
    'LPT¹.x',
    'aux .y',
    'a?',
    'a*',
    'a|b',
    'a<b',
    'a"b',
    'a\tb',
  ])('Windows takes no file for the key %p', (key) => {
    const refused = expect.objectContaining({ code: 'FILE_NAME_INVALID' });
    expect(() => treePaths('C:\\out', '', 'win32').pathOf(key)).toThrow(refused);
    expect(treePaths('out', '', 'linux').pathOf(key)).toBe(`out/${key}`);
  });

  test.each([
    ['a/b', 'C:\\out\\a\\b'],
    ['console/com/comet.txt', 'C:\\out\\console\\com\\comet.txt'],
    ['.a b', 'C:\\out\\.a b'],
  ])('Windows has the file for the key %p at %p', (key, path) => {
    expect(treePaths('C:\\out', '', 'win32').pathOf(key)).toBe(path);
  });

  test.each(['linux', 'win32'] as const)('a key that is taken comes back from its path: %s', (platform) => {
    const rules = platform === 'win32' ? win32 : posix;
    const root = rules.resolve('/out');
    const name = fc.oneof(
      fc.constantFrom('..', '.', '', 'a', 'A', 'C:', 'con', '\0', '\\', 'a\\..'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const key = fc.array(name, { maxLength: 5 }).map((names) => names.join('/'));
    let taken = 0;
    fc.assert(
      fc.property(key, fc.constantFrom('', 'p/', 'p'), (rest, keyPrefix) => {
        let path: string;
        try {
          path = treePaths(root, keyPrefix, platform).pathOf(keyPrefix + rest);
        } catch {
          return;
        }
        taken += 1;
        expect(rules.relative(root, path).split(rules.sep).join('/')).toBe(rest);
        expect(rules.resolve(path).startsWith(root + rules.sep)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('are for the platform that this is', () => {
    const taken = process.platform === 'win32' ? /^$/ : /a\\b$/;
    expect(treePaths('out', '').pathOf('a\\b')).toMatch(taken);
  });

  test('tell what they hold', () => {
    expect(treePaths('out', 'p/').held).toEqual({ root: 'out', keyPrefix: 'p/' });
  });
});

describe('a single path', () => {
  const paths = singlePath('k/../key', '/out/file');

  test('is for its key alone, whatever that is', () => {
    expect(paths.held).toEqual({ onlyKey: 'k/../key' });
    expect(paths.pathOf('k/../key')).toBe('/out/file');
    expect(() => paths.pathOf('other')).toThrow(expect.objectContaining({ code: 'FILE_NAME_INVALID' }));
  });

  test('has no versions', () => {
    const at = { bucket: '', key: 'k/../key' };
    expect(pathAt(paths, at)).toBe('/out/file');
    expect(() => pathAt(paths, { ...at, versionId: 'v1' })).toThrow(
      expect.objectContaining({ code: 'OBJECT_NOT_FOUND', hint: 'leave out the version' }),
    );
  });
});
