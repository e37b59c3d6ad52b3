import { rmSync, statSync, utimesSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walk, type WalkOptions } from '../../../cli/files/walk.ts';
import { failureOf } from '../../support/bytes.ts';
import { allOf, lockedOut, Scene, shownItem } from './scene.ts';

const scene = new Scene();

async function paths(options: WalkOptions = {}, root = scene.root): Promise<string[]> {
  return (await allOf(walk(root, options))).map(shownItem);
}

function inOrderOfS3(keys: readonly string[]): string[] {
  return [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

describe('a walk', () => {
  test('finds files at every level, and nothing in empty folders', async () => {
    for (const name of ['b', 'a/b/c/d', 'a/x']) scene.file(name);
    scene.folder('empty/within');
    expect(await paths()).toEqual(['a/b/c/d', 'a/x', 'b']);
  });

  test('finds nothing in an empty folder', async () => {
    expect(await paths()).toEqual([]);
  });

  test.each([
    [
      'a folder beside names that its slash comes after',
      ['a', 'a+b', 'a-b', 'a.b', 'a/b', 'a0', 'aB'].slice(1),
    ],
    ['case', ['B', 'a', 'C', 'b']],
    [
      'characters beyond the first plane, which UTF-16 has before some within',
      ['\u{1f600}', '\uff5e', '\ue000', 'z'],
    ],
    ['two bytes, and three', ['é', 'z', 'ࠀ', '~']],
    ['blanks, plus signs, percent signs and newlines', ['a b', 'a+b', 'a%2Fb', 'a\nb', ' ', '%', '+']],
    [
      'folders, one within the other',
      ['a/b/c', 'a/b.c', 'a/b-c', 'a/b/', 'a0/b'].filter((name) => !name.endsWith('/')),
    ],
    ['composed and decomposed letters', ['\u00e9', 'e\u0301', 'f']],
  ])('has the order of S3: %s', async (_, names) => {
    for (const name of names) scene.file(name);
    expect(await paths()).toEqual(inOrderOfS3(names));
  });

  test('has the order of S3, whatever the names', async () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      'A',
      '0',
      '.',
      '-',
      '!',
      '/',
      ' ',
      '+',
      '%',
      'é',
      '\uff5e',
      '\u{1f600}',
      '\n',
    );
    const name = fc.string({ unit, minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 12 }), async (names) => {
        const root = scene.folder('each');
        const made = names.filter((each) => isMade(`${root}/${each}`, each));
        expect(await paths({}, root)).toEqual(inOrderOfS3([...new Set(made)]));
        rmSync(root, { recursive: true });
      }),
      { numRuns: 150 },
    );
  });

  test('tells length and time', async () => {
    const path = scene.file('a', Buffer.alloc(1234));
    scene.file('empty', '');
    utimesSync(path, new Date(0), new Date('2001-02-03T04:05:06.789Z'));
    const [first, second] = await allOf(walk(scene.root));
    expect(first).toEqual({
      kind: 'file',
      path: 'a',
      lengthBytes: 1234,
      modified: new Date('2001-02-03T04:05:06.789Z'),
    });
    expect(second).toMatchObject({ path: 'empty', lengthBytes: 0 });
  });

  test('reads folders only as it comes to them', async () => {
    scene.file('a');
    scene.file('b/c');
    const found: string[] = [];
    for await (const item of walk(scene.root)) {
      found.push(shownItem(item));
      if (item.path === 'a') scene.file('b/d');
    }
    expect(found).toEqual(['a', 'b/c', 'b/d']);
  });

  test.each([
    ['a', ['a.b', 'a/b/c', 'a/bc', 'ab']],
    ['a/', ['a/b/c', 'a/bc']],
    ['a/b', ['a/b/c', 'a/bc']],
    ['a/b/', ['a/b/c']],
    ['a/b/c', ['a/b/c']],
    ['a/b/cd', []],
    ['ab/', []],
    ['c', []],
  ])('finds what begins with %p', async (prefix, expected) => {
    for (const name of ['a/b/c', 'a/bc', 'ab', 'a.b', 'b/a']) scene.file(name);
    expect(await paths({ prefix })).toEqual(expected);
  });

  test('does not look into folders that cannot hold the prefix', async () => {
    scene.file('a/b');
    const locked = scene.folder('locked');
    expect(await lockedOut(locked, () => paths({ prefix: 'a/' }))).toEqual(['a/b']);
    expect(await lockedOut(locked, () => paths())).toEqual(['a/b', 'locked ! FILE_ACCESS_DENIED']);
  });

  test('stops when it is told to', async () => {
    for (const name of ['a', 'b', 'c']) scene.file(name);
    const controller = new AbortController();
    const found: string[] = [];
    const failure = await failureOf(async () => {
      for await (const item of walk(scene.root, { signal: controller.signal })) {
        found.push(item.path);
        if (item.path === 'b') controller.abort();
      }
    });
    expect([found, failure.code]).toEqual([['a', 'b'], 'ABORTED']);
    expect((await failureOf(() => paths({ signal: controller.signal }))).code).toBe('ABORTED');
  });
});

describe('the folder itself', () => {
  test('must be there', async () => {
    const failure = await failureOf(() => paths({}, scene.path('missing')));
    expect(failure).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: `there is no file or folder "${scene.path('missing')}"`,
    });
  });

  test('must be a folder', async () => {
    const failure = await failureOf(() => paths({}, scene.file('a')));
    expect(failure).toMatchObject({ code: 'FILE_FAILED', message: `"${scene.path('a')}" is not a folder` });
  });

  test('must be readable', async () => {
    const folder = scene.folder('a');
    const failure = await lockedOut(folder, () => failureOf(() => paths({}, folder)));
    expect(failure.code).toBe('FILE_ACCESS_DENIED');
  });
});

/** Whether a file of this name could be made: not where a folder is, or below a file. */
function isMade(path: string, name: string): boolean {
  const isKey = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isKey || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
  try {
    scene.file(path.slice(scene.root.length + 1));
    return true;
  } catch {
    return false;
  }
}
