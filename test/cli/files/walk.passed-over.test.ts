import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { walk, type WalkOptions } from '../../../cli/files/walk.ts';
import { allOf, lockedOut, Scene, shownItem } from './scene.ts';

const scene = new Scene();

async function paths(options: WalkOptions = {}, root = scene.root): Promise<string[]> {
  return (await allOf(walk(root, options))).map(shownItem);
}

describe('symbolic links', () => {
  test('are followed, to files and to folders', async () => {
    scene.file('real/x', '123');
    symlinkSync('real/x', scene.path('file-link'));
    symlinkSync('real', scene.path('folder-link'));
    expect(await paths()).toEqual(['file-link', 'folder-link/x', 'real/x']);
    expect((await allOf(walk(scene.root)))[0]).toMatchObject({ lengthBytes: 3 });
  });

  test('have the order of what they lead to', async () => {
    scene.file('a.b');
    scene.file('real/x');
    symlinkSync('real', scene.path('a'));
    expect(await paths()).toEqual(['a.b', 'a/x', 'real/x']);
  });

  test('are left out without a word where they are not to be followed', async () => {
    scene.file('real/x');
    symlinkSync('real/x', scene.path('file-link'));
    symlinkSync('real', scene.path('folder-link'));
    symlinkSync('nowhere', scene.path('broken'));
    expect(await paths({ followSymlinks: false })).toEqual(['real/x']);
  });

  test('may lead to the folder that is walked through', async () => {
    scene.file('real/x');
    symlinkSync('real', scene.path('link'));
    expect(await paths({ followSymlinks: false }, scene.path('link'))).toEqual(['x']);
  });

  test('that lead nowhere are passed over', async () => {
    scene.file('a');
    symlinkSync('nowhere', scene.path('b'));
    scene.file('c');
    const items = await allOf(walk(scene.root));
    expect(items.map(shownItem)).toEqual(['a', 'b ! FILE_NOT_FOUND', 'c']);
    expect(items[1]).toMatchObject({
      error: {
        message: `the symbolic link "${scene.path('b')}" leads nowhere`,
        fields: { path: scene.path('b') },
      },
    });
  });

  test('that lead to themselves are passed over', async () => {
    symlinkSync('a', scene.path('a'));
    expect(await paths()).toEqual(['a ! FILE_FAILED']);
  });

  test.each([
    ['the folder that is walked through', '..', ['x/loop ! FILE_FAILED', 'x/y']],
    ['their own folder', '.', ['x/loop ! FILE_FAILED', 'x/y']],
  ])('that lead to %s are passed over', async (_, target, expected) => {
    scene.file('x/y');
    symlinkSync(target, scene.path('x', 'loop'));
    expect(await paths()).toEqual(expected);
  });

  test('that lead to each other’s folders end', async () => {
    scene.file('a/1');
    scene.file('b/2');
    symlinkSync('../b', scene.path('a/to-b'));
    symlinkSync('../a', scene.path('b/to-a'));
    expect(await paths()).toEqual([
      'a/1',
      'a/to-b/2',
      'a/to-b/to-a ! FILE_FAILED',
      'b/2',
      'b/to-a/1',
      'b/to-a/to-b ! FILE_FAILED',
    ]);
  });
});

describe('what is passed over', () => {
  test('is a folder that may not be read', async () => {
    scene.file('a/x');
    scene.file('b');
    const items = await lockedOut(scene.path('a'), () => allOf(walk(scene.root)));
    expect(items.map(shownItem)).toEqual(['a ! FILE_ACCESS_DENIED', 'b']);
    expect(items[0]).toMatchObject({ error: { message: `no permission for "${scene.path('a')}"` } });
  });

  test.each([
    ['has gone', () => undefined, 'b ! FILE_NOT_FOUND'],
    ['has become a file', () => scene.file('b'), 'b ! FILE_FAILED'],
  ])('is a folder that %s meanwhile', async (_, replace, expected) => {
    scene.file('a');
    scene.file('b/x');
    scene.file('c');
    const found: string[] = [];
    for await (const item of walk(scene.root)) {
      if (item.path === 'a') {
        rmSync(scene.path('b'), { recursive: true });
        replace();
      }
      found.push(shownItem(item));
    }
    expect(found).toEqual(['a', expected, 'c']);
  });

  test.each([
    ['has gone', () => undefined, 'b ! FILE_NOT_FOUND'],
    ['has become a folder', () => scene.folder('b'), 'b ! FILE_FAILED'],
  ])('is a file that %s meanwhile', async (_, replace, expected) => {
    scene.file('a');
    scene.file('b');
    const found: string[] = [];
    for await (const item of walk(scene.root)) {
      if (item.path === 'a') {
        rmSync(scene.path('b'));
        replace();
      }
      found.push(shownItem(item));
    }
    expect(found).toEqual(['a', expected]);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;

  onLinux('is a socket, and a link to a device', async () => {
    const server = createServer().listen(scene.path('a'));
    await once(server, 'listening');
    symlinkSync('/dev/null', scene.path('b'));
    expect(await paths()).toEqual(['a ! FILE_FAILED', 'b ! FILE_FAILED']);
    server.close();
  });

  onLinux('is a name that is not UTF-8, of a file or a folder', async () => {
    writeFileSync(Buffer.concat([Buffer.from(scene.path('b')), Buffer.from([0xff])]), '');
    mkdirSync(Buffer.concat([Buffer.from(scene.path('c')), Buffer.from([0xc0, 0x80])]));
    scene.file('a');
    scene.file('\ufffd');
    expect(await paths()).toEqual([
      'a',
      'b\ufffd ! FILE_NAME_INVALID',
      'c\ufffd\ufffd ! FILE_NAME_INVALID',
      '\ufffd',
    ]);
  });
});
