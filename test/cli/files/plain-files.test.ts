import { appendFileSync, linkSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { treePaths } from '../../../cli/files/key-paths.ts';
import { PlainFiles } from '../../../cli/files/plain-files.ts';
import { headIfThere } from '../../../operations/head-if-there.ts';
import { edgeLengths, failureOf, gather, patternBytes } from '../../support/bytes.ts';
import { allOf, lockedOut, Scene } from './scene.ts';

const scene = new Scene();
const at = (key: string): { bucket: string; key: string } => ({ bucket: 'any', key });
const files = (): PlainFiles => new PlainFiles({ paths: treePaths(scene.root, '') });

describe('what is told of a file', () => {
  test('is its length, its time, and its type by its name', async () => {
    utimesSync(scene.file('a/b.html', '12345'), 0, 1000);
    expect(await files().head(at('a/b.html'))).toEqual({
      address: { bucket: 'any', key: 'a/b.html' },
      etag: expect.stringMatching(/^"5-[0-9a-f]+-[0-9a-f]+"$/),
      lengthBytes: 5,
      metadata: {},
      headers: { contentType: 'text/html' },
      tagCount: 0,
      state: { place: expect.stringMatching(/^file:/) as unknown, revision: expect.any(String) as unknown },
      lastModified: new Date(1_000_000),
    });
    expect(await files().tags()).toEqual({});
  });

  test.each([
    ['a.JSON', 'application/json'],
    ['a.b.txt', 'text/plain'],
    ['txt', undefined],
    ['.txt', undefined],
    ['a.unheard-of', undefined],
    ['a.', undefined],
    ['html.d/a', undefined],
  ])('the type of %p is %p', async (key, contentType) => {
    scene.file(key);
    expect((await files().head(at(key))).headers).toEqual(contentType === undefined ? {} : { contentType });
  });

  test.each([
    [
      'its content',
      () => {
        appendFileSync(scene.path('a'), 'x');
      },
    ],
    [
      'its time, by less than a millisecond',
      () => {
        utimesSync(scene.path('a'), 1000, 1000.0001);
      },
    ],
    [
      'its inode',
      () => {
        const { mtime } = statSync(scene.path('a'));
        linkSync(scene.path('a'), scene.path('kept'));
        rmSync(scene.path('a'));
        utimesSync(scene.file('a'), mtime, mtime);
      },
    ],
  ])('has another ETag when the file has another state: %s', async (_, change) => {
    utimesSync(scene.file('a'), 1000, 1000);
    const before = await files().head(at('a'));
    expect((await files().head(at('a'))).etag).toBe(before.etag);
    change();
    expect((await files().head(at('a'))).etag).not.toBe(before.etag);
  });

  test('is that of the file at the end of a link', async () => {
    scene.file('a', '123');
    symlinkSync('a', scene.path('b'));
    const [file, link] = [await files().head(at('a')), await files().head(at('b'))];
    expect({ ...link, state: undefined }).toEqual({ ...file, address: at('b'), state: undefined });
    expect(link.state?.revision).toBe(file.state?.revision);
    expect(link.state?.place).not.toBe(file.state?.place);
  });

  test.each([
    ['nothing', 'a', () => undefined, 'OBJECT_NOT_FOUND'],
    ['no folder', 'a/b', () => undefined, 'OBJECT_NOT_FOUND'],
    [
      'a link to nowhere',
      'a',
      () => {
        symlinkSync('nowhere', scene.path('a'));
      },
      'OBJECT_NOT_FOUND',
    ],
    ['a folder', 'a', () => scene.folder('a'), 'FILE_FAILED'],
    ['a file in the place of its folder', 'a/b', () => scene.file('a'), 'FILE_FAILED'],
    [
      'a link to a device',
      'a',
      () => {
        symlinkSync('/dev/null', scene.path('a'));
      },
      'FILE_FAILED',
    ],
    ['a way out', '../a', () => undefined, 'FILE_NAME_INVALID'],
  ])('is an error where there is %s', async (_, key, make, code) => {
    make();
    for (const ask of [() => files().head(at(key)), () => files().get(at(key))]) {
      const failure = await failureOf(ask);
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(key);
    }
  });

  test('is what the operations ask a store for', async () => {
    expect(await headIfThere(files(), at('a'))).toBeUndefined();
    expect((await failureOf(() => files().head(at('a')))).hint).toBe('check the path');
  });

  test('is an error where it may not be looked at, where a version is asked for, and after a stop', async () => {
    scene.file('a/b');
    const failure = await lockedOut(scene.path('a'), () => failureOf(() => files().head(at('a/b'))));
    expect(failure.code).toBe('FILE_ACCESS_DENIED');
    expect((await failureOf(() => files().head({ ...at('a/b'), versionId: 'v' }))).code).toBe(
      'OBJECT_NOT_FOUND',
    );
    expect((await failureOf(() => files().head(at('a/b'), AbortSignal.abort()))).code).toBe('ABORTED');
  });
});

describe('the content of a file', () => {
  test.each(edgeLengths)('has its %i bytes', async (lengthBytes) => {
    scene.file('a', patternBytes(lengthBytes));
    const { object, content } = await files().get(at('a'));
    expect(object).toEqual(await files().head(at('a')));
    expect((await gather(content)).equals(patternBytes(lengthBytes))).toBe(true);
  });

  test('is what was told of, where a small file changes afterwards', async () => {
    scene.file('a', Buffer.from('before'));
    const { content } = await files().get(at('a'));
    appendFileSync(scene.path('a'), 'x');
    expect((await gather(content)).toString()).toBe('before');
    expect(scene.openFiles()).toEqual([]);
  });

  test('is an error where a large file is no longer what was told of', async () => {
    scene.file('a', Buffer.alloc(300 * 1024));
    const { content } = await files().get(at('a'));
    appendFileSync(scene.path('a'), 'x');
    expect((await failureOf(() => gather(content))).code).toBe('FILE_CHANGED');
  });

  test('stops when it is told to', async () => {
    scene.file('a');
    const controller = new AbortController();
    const { content } = await files().get(at('a'), controller.signal);
    controller.abort();
    expect((await failureOf(() => gather(content))).code).toBe('ABORTED');
  });
});

test('files are listed, with what was said about them', async () => {
  scene.file('a');
  symlinkSync('nowhere', scene.path('b'));
  const told: string[] = [];
  const store = new PlainFiles({
    paths: treePaths(scene.root, 'p/'),
    onPassedOver: (path) => told.push(path),
  });
  expect((await allOf(store.list('any', ''))).map(({ key }) => key)).toEqual(['p/a']);
  expect(told).toEqual(['b']);
});
