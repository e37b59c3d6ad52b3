import { lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { singlePath, treePaths } from '../../../cli/files/key-paths.ts';
import { PlainFiles } from '../../../cli/files/plain-files.ts';
import { edgeLengths, failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import { allOf, broken, followedBy, lockedOut, objectOf, Scene, textOf } from './scene.ts';

const scene = new Scene();
const at = (key: string): { bucket: string; key: string } => ({ bucket: 'any', key });
const files = (): PlainFiles => new PlainFiles({ paths: treePaths(scene.root, '') });

describe('a file that is written', () => {
  test.each(edgeLengths)('has its %i bytes, at its place, and nothing beside it', async (lengthBytes) => {
    const body = inChunks(patternBytes(lengthBytes), 7, 0, 900);
    expect(await files().write(objectOf('a/b/c', '', { body, lengthBytes }))).toEqual({
      bucket: '',
      key: 'a/b/c',
    });
    expect(readFileSync(scene.path('a/b/c')).equals(patternBytes(lengthBytes))).toBe(true);
    expect(scene.all()).toEqual(['a/', 'a/b/', 'a/b/c']);
  });

  test('is its owner’s alone, and has the time that it was given', async () => {
    const modified = new Date('2001-02-03T04:05:06.789Z');
    await files().write(objectOf('a', 'content', { modified }));
    expect(statSync(scene.path('a')).mode & 0o777).toBe(0o600);
    expect((await files().head(at('a'))).lastModified).toEqual(modified);
  });

  test('makes the root, too', async () => {
    const store = new PlainFiles({ paths: treePaths(scene.path('x/y'), ''), mayBeMissing: true });
    expect(await allOf(store.list('', ''))).toEqual([]);
    await store.write(objectOf('a', 'content'));
    expect(scene.text('x/y/a')).toBe('content');
  });

  test('may be a single one', async () => {
    const store = new PlainFiles({ paths: singlePath('some/key', scene.path('a')) });
    await store.write(objectOf('some/key', 'content'));
    expect(scene.all()).toEqual(['a']);
    expect(await textOf((await store.get(at('some/key'))).content)).toBe('content');
  });

  test('may have a name as long as the file system takes', async () => {
    const name = 'x'.repeat(255);
    await files().write(objectOf(name, 'content'));
    expect(scene.all()).toEqual([name]);
  });

  test('comes back from the list and the read, whatever its name', async () => {
    const unit = fc.constantFrom('a', 'B', '.', '/', ' ', '+', '%', '\\', '\n', 'é', '\u{1f600}', '\uff5e');
    const key = fc.string({ unit, minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 6 }), async (keys) => {
        const root = scene.path('each');
        const store = new PlainFiles({ paths: treePaths(root, 'p/'), mayBeMissing: true });
        const written: string[] = [];
        for (const each of keys) {
          try {
            await store.write(objectOf(`p/${each}`, each));
            written.push(`p/${each}`);
          } catch (error) {
            // Not a name, or one that another is in the way of.
            expect(error).toMatchObject({ code: expect.stringMatching(/^FILE_(NAME_INVALID|FAILED)$/) });
          }
        }
        const listed = await allOf(store.list('', 'p/'));
        expect(listed.map((one) => one.key).sort()).toEqual(written.sort());
        for (const { key: found } of listed) {
          expect(await textOf((await store.get(at(found))).content)).toBe(found.slice(2));
        }
        rmSync(root, { recursive: true, force: true });
      }),
      { numRuns: 100 },
    );
  });
});

describe('a file that cannot be written', () => {
  test.each([
    ['the body fails', () => objectOf('a/b/c', '', { body: broken() }), undefined],
    [
      'the checksum is another',
      () => objectOf('a/b/c', 'content', { crc32: () => 'AAAAAA==' }),
      'VERIFICATION_FAILED',
    ],
    [
      'the length is another',
      () => objectOf('a/b/c', 'content', { lengthBytes: 3 }),
      'CONTENT_LENGTH_MISMATCH',
    ],
    ['its name is too long', () => objectOf(`a/${'x'.repeat(256)}`, 'content'), 'FILE_NAME_INVALID'],
    ['its path is too long', () => objectOf(`a/${'x/'.repeat(3000)}b`, 'content'), 'FILE_NAME_INVALID'],
    ['its key leads elsewhere', () => objectOf('a/../../b', 'content'), 'FILE_NAME_INVALID'],
  ])('leaves neither a file nor a folder where %s', async (_, object, code) => {
    const failure = await thrownBy(() => files().write(object()));
    expect(failure).toMatchObject(code === undefined ? { message: 'the tag was wrong' } : { code });
    expect(scene.all()).toEqual([]);
  });

  test('leaves nothing where the work is stopped, early or late', async () => {
    expect((await failureOf(() => files().write(objectOf('a/b', ''), AbortSignal.abort()))).code).toBe(
      'ABORTED',
    );
    const controller = new AbortController();
    const body = followedBy('content', () => {
      controller.abort();
    });
    const failure = await failureOf(() => files().write(objectOf('a/b', '', { body }), controller.signal));
    expect(failure.code).toBe('ABORTED');
    expect(scene.all()).toEqual([]);
    expect(scene.openFiles()).toEqual([]);
  });

  test.each([
    ['looked at', 0],
    ['written to', 0o555],
  ])('says what the system said of a folder that may not be %s', async (_, mode) => {
    const folder = scene.folder('a');
    const write = () => files().write(objectOf('a/b', 'content'));
    const failure = await lockedOut(folder, () => failureOf(write), mode);
    expect(failure).toMatchObject({ code: 'FILE_ACCESS_DENIED', fields: { path: scene.path('a/b') } });
    expect(scene.all()).toEqual(['a/']);
  });

  test('says what is in the way: a folder for a file, a file for a folder', async () => {
    await files().write(objectOf('a/b', 'content'));
    const folderFirst = await failureOf(() => files().write(objectOf('a', 'content')));
    expect(await failureOf(() => files().head(at('a')))).toMatchObject({ message: folderFirst.message });
    expect(folderFirst).toMatchObject({
      code: 'FILE_FAILED',
      message: `a folder stands in the place of the file "${scene.path('a')}"`,
    });
    await files().write(objectOf('f', 'content'));
    const fileFirst = await failureOf(() => files().write(objectOf('f/b', 'content')));
    expect(fileFirst).toMatchObject({ code: 'FILE_FAILED' });
    expect(fileFirst.message).toMatch(/^a file stands in the place of a folder/);
    expect(scene.all()).toEqual(['a/', 'a/b', 'f']);
  });
});

describe('what stands in the place', () => {
  test.each([
    ['a file', () => scene.file('a', 'precious'), 'OBJECT_CHANGED'],
    [
      'a link to a file',
      () => {
        symlinkSync(process.execPath, scene.path('a'));
      },
      'OBJECT_CHANGED',
    ],
    [
      'a link to nothing',
      () => {
        symlinkSync('nowhere', scene.path('a'));
      },
      'OUTPUT_EXISTS',
    ],
  ])('is not replaced where nothing should be: %s', async (_, make, code) => {
    make();
    let isRead = false;
    const body = followedBy('content', () => {
      isRead = true;
    });
    const failure = await failureOf(() => files().write(objectOf('a', '', { body })));
    expect(failure).toMatchObject({
      code,
      message: `there is already "${scene.path('a')}"`,
    });
    expect(isRead).toBe(false);
    expect(scene.all()).toEqual(['a']);
  });

  test.each([
    ['a file', () => scene.file('a', 'faster'), 'OBJECT_CHANGED'],
    ['a folder', () => scene.folder('a'), 'FILE_FAILED'],
  ])('is not replaced where it came to be meanwhile: %s', async (_, make, code) => {
    const body = followedBy('content', make);
    expect((await failureOf(() => files().write(objectOf('a', '', { body })))).code).toBe(code);
    expect(scene.all()).toEqual([code === 'OBJECT_CHANGED' ? 'a' : 'a/']);
  });

  test('is replaced where it is what it was', async () => {
    scene.file('a', 'earlier');
    const { etag } = await files().head(at('a'));
    await files().write(objectOf('a', 'later', { condition: { etag } }));
    expect(scene.text('a')).toBe('later');
    expect(scene.all()).toEqual(['a']);
  });

  test('is not what a link leads to', async () => {
    scene.file('real', 'precious');
    symlinkSync('real', scene.path('a'));
    const { etag } = await files().head(at('a'));
    await files().write(objectOf('a', 'later', { condition: { etag } }));
    expect([scene.text('a'), scene.text('real'), lstatSync(scene.path('a')).isFile()]).toEqual([
      'later',
      'precious',
      true,
    ]);
  });

  test.each([
    [
      'has changed',
      () => {
        writeFileSync(scene.path('a'), 'other');
      },
      ['a'],
    ],
    [
      'has gone',
      () => {
        rmSync(scene.path('a'));
      },
      [],
    ],
  ])('is not replaced where it %s, before or meanwhile', async (_, change, left) => {
    for (const when of ['before', 'meanwhile']) {
      scene.file('a', 'earlier');
      const { etag } = await files().head(at('a'));
      if (when === 'before') change();
      const body = followedBy('content', when === 'before' ? () => undefined : change);
      const write = files().write(objectOf('a', '', { body, condition: { etag } }));
      expect((await failureOf(() => write)).code).toBe('OBJECT_CHANGED');
      expect(scene.all()).toEqual(left);
      if (left.length > 0) expect(scene.text('a')).toBe('other');
    }
  });

  test('is one file of many that are written at once, some of which fail', async () => {
    const store = files();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, async (_, index) => {
        const key = `${index % 3}/${index % 5}/${index}`;
        const body = index % 2 === 0 ? inChunks(patternBytes(10)) : broken();
        await store.write(objectOf(key, '', { body }));
      }),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    for (const each of outcomes) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ message: 'the tag was wrong' });
    }
    const left = scene.all();
    expect(left.filter((name) => !name.endsWith('/'))).toHaveLength(20);
    for (const folder of left.filter((name) => name.endsWith('/'))) {
      expect(left.some((name) => name !== folder && name.startsWith(folder))).toBe(true);
    }
  });
});
