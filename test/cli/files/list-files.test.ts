import { symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { singlePath, treePaths } from '../../../cli/files/key-paths.ts';
import { listFiles, type ListFilesOptions } from '../../../cli/files/list-files.ts';
import { failureOf } from '../../support/bytes.ts';
import { allOf, Scene } from './scene.ts';

const scene = new Scene();

async function keys(prefix: string, keyPrefix = 'p/', options: ListFilesOptions = {}): Promise<string[]> {
  const listed = await allOf(listFiles(treePaths(scene.root, keyPrefix), prefix, options));
  return listed.map(({ key }) => key);
}

describe('the list of a tree', () => {
  test('has the keys, lengths and times of its files', async () => {
    utimesSync(scene.file('a/b', '1234'), 0, 1000);
    expect(await allOf(listFiles(treePaths(scene.root, 'p/'), 'p/', {}))).toEqual([
      { key: 'p/a/b', lengthBytes: 4, lastModified: new Date(1_000_000) },
    ]);
  });

  test.each([
    ['', 'p/', ['p/a/b', 'p/a/c', 'p/b']],
    ['p', 'p/', ['p/a/b', 'p/a/c', 'p/b']],
    ['p/', 'p/', ['p/a/b', 'p/a/c', 'p/b']],
    ['p/a', 'p/', ['p/a/b', 'p/a/c']],
    ['p/a/c', 'p/', ['p/a/c']],
    ['p/b/', 'p/', []],
    ['q', 'p/', []],
    ['pa', 'p', ['pa/b', 'pa/c']],
    ['', '', ['a/b', 'a/c', 'b']],
  ])('has what begins with %p, where all keys begin with %p', async (prefix, keyPrefix, expected) => {
    for (const name of ['a/b', 'a/c', 'b']) scene.file(name);
    expect(await keys(prefix, keyPrefix)).toEqual(expected);
  });

  test('tells of what is passed over, in its turn, and goes on', async () => {
    symlinkSync('nowhere', scene.path('b'));
    for (const name of ['a', 'c']) scene.file(name);
    const told: string[] = [];
    const onPassedOver = (path: string, { code }: { code: string }): void => {
      told.push(`${path} ${code}`);
    };
    for await (const { key } of listFiles(treePaths(scene.root, 'p/'), 'p/', { onPassedOver }))
      told.push(key);
    expect(told).toEqual(['p/a', 'b FILE_NOT_FOUND', 'p/c']);
    expect(await keys('p/')).toEqual(['p/a', 'p/c']);
    expect(await keys('p/', 'p/', { followSymlinks: false, onPassedOver })).toEqual(['p/a', 'p/c']);
    expect(told).toHaveLength(3);
  });

  test('follows links unless told otherwise', async () => {
    scene.file('a');
    symlinkSync('a', scene.path('b'));
    expect(await keys('')).toEqual(['p/a', 'p/b']);
    expect(await keys('', 'p/', { followSymlinks: false })).toEqual(['p/a']);
  });

  test('is empty where it may be missing', async () => {
    const paths = treePaths(scene.path('a/b'), '');
    expect(await allOf(listFiles(paths, '', { mayBeMissing: true }))).toEqual([]);
    expect((await failureOf(() => allOf(listFiles(paths, '', {})))).code).toBe('FILE_NOT_FOUND');
  });

  test.each([true, false])('does not pass for empty where a file is in the way: %p', async (mayBeMissing) => {
    scene.file('a');
    for (const root of ['a', 'a/b']) {
      const listing = listFiles(treePaths(scene.path(root), ''), '', { mayBeMissing });
      expect((await failureOf(() => allOf(listing))).code).toBe('FILE_FAILED');
    }
  });

  test('stops when it is told to', async () => {
    const listing = listFiles(treePaths(scene.root, ''), '', {}, AbortSignal.abort());
    expect((await failureOf(() => allOf(listing))).code).toBe('ABORTED');
  });
});

describe('the list of a single file', () => {
  test.each([
    ['', ['p/key']],
    ['p/', ['p/key']],
    ['p/key', ['p/key']],
    ['p/keys', []],
  ])('has it where its key begins with %p', async (prefix, expected) => {
    const listed = await allOf(listFiles(singlePath('p/key', scene.file('a', '123')), prefix, {}));
    expect(listed.map(({ key }) => key)).toEqual(expected);
    for (const each of listed) expect(each).toMatchObject({ lengthBytes: 3, lastModified: expect.any(Date) });
  });

  test('is empty where it may be missing', async () => {
    const paths = singlePath('key', scene.path('a'));
    expect(await allOf(listFiles(paths, '', { mayBeMissing: true }))).toEqual([]);
    expect((await failureOf(() => allOf(listFiles(paths, '', {})))).code).toBe('OBJECT_NOT_FOUND');
  });
});
