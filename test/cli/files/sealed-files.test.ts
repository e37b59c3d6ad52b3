import { appendFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { treePaths } from '../../../cli/files/key-paths.ts';
import { SealedFiles } from '../../../cli/files/sealed-files.ts';
import { failureOf, gather } from '../../support/bytes.ts';
import { allOf, objectOf, Scene, textOf } from './scene.ts';

const scene = new Scene();
const at = (key: string): { bucket: string; key: string } => ({ bucket: 'any', key });
const files = (): SealedFiles => new SealedFiles({ paths: treePaths(scene.root, '') });
const metadata = { 'x-amz-c': '115', 'X-Mine': 'kept as it is' };

async function keys(): Promise<string[]> {
  return (await allOf(files().list('any', ''))).map(({ key }) => key);
}

describe('what is told of a sealed file', () => {
  test('is its content’s length and time, and its metadata', async () => {
    utimesSync(scene.file('a/b.txt', '12345'), 0, 1000);
    scene.file('a/b.txt.meta.json', JSON.stringify(metadata));
    const { object, content } = await files().get(at('a/b.txt'));
    expect(object).toEqual({
      address: at('a/b.txt'),
      etag: expect.stringMatching(/^"5-[0-9a-f]+-[0-9a-f]+\+[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"$/),
      lengthBytes: 5,
      metadata,
      headers: { contentType: 'text/plain' },
      tagCount: 0,
      state: { place: expect.stringMatching(/^file:/) as unknown, revision: expect.any(String) as unknown },
      lastModified: new Date(1_000_000),
    });
    expect(await files().head(at('a/b.txt'))).toEqual(object);
    expect(await textOf(content)).toBe('12345');
    expect(await files().tags()).toEqual({});
  });

  test('is no metadata where there is no meta file', async () => {
    scene.file('a');
    expect(await files().head(at('a'))).toMatchObject({
      metadata: {},
      etag: expect.stringMatching(/\+none"$/),
    });
  });

  test.each([
    [
      'the content',
      () => {
        appendFileSync(scene.path('a'), 'x');
      },
    ],
    [
      'the metadata',
      () => {
        appendFileSync(scene.path('a.meta.json'), ' ');
      },
    ],
    [
      'the metadata, which is gone',
      () => {
        rmSync(scene.path('a.meta.json'));
      },
    ],
  ])('has another ETag when something else is there: %s', async (_, change) => {
    scene.file('a');
    scene.file('a.meta.json', '{}');
    const { etag } = await files().head(at('a'));
    expect((await files().head(at('a'))).etag).toBe(etag);
    change();
    expect((await files().head(at('a'))).etag).not.toBe(etag);
  });

  test.each([
    ['there is none', 'a', () => undefined, 'OBJECT_NOT_FOUND'],
    ['there is only a meta file', 'a', () => scene.file('a.meta.json', '{}'), 'OBJECT_NOT_FOUND'],
    [
      'its meta file is another’s',
      'a',
      () => {
        scene.file('a');
        scene.file('a.meta.json', '[]');
      },
      'ENVELOPE_MALFORMED',
    ],
    [
      'its meta file is a folder',
      'a',
      () => {
        scene.file('a');
        scene.folder('a.meta.json');
      },
      'FILE_FAILED',
    ],
    ['its key leads elsewhere', '../a', () => undefined, 'FILE_NAME_INVALID'],
  ])('is an error where %s', async (_, key, make, code) => {
    make();
    expect((await failureOf(() => files().head(at(key)))).code).toBe(code);
    expect((await failureOf(() => files().get(at(key)))).code).toBe(code);
  });

  test('is an error where a version is asked for, after a stop, and where a large file changes', async () => {
    scene.file('a', Buffer.alloc(300 * 1024));
    expect((await failureOf(() => files().head({ ...at('a'), versionId: 'v' }))).code).toBe(
      'OBJECT_NOT_FOUND',
    );
    expect((await failureOf(() => files().head(at('a'), AbortSignal.abort()))).code).toBe('ABORTED');
    const { content } = await files().get(at('a'));
    appendFileSync(scene.path('a'), 'x');
    expect((await failureOf(() => gather(content))).code).toBe('FILE_CHANGED');
  });
});

describe('the list of sealed files', () => {
  test('leaves out the meta files of files beside them, and no others', async () => {
    for (const name of [
      'a',
      'a.meta.json',
      'a.meta.json.meta.json',
      'b.meta.json',
      'c/.meta.json',
      '.meta.json',
    ]) {
      scene.file(name, '{}');
    }
    scene.folder('d');
    scene.file('d.meta.json', '{}');
    expect(await keys()).toEqual(['.meta.json', 'a', 'b.meta.json', 'c/.meta.json', 'd.meta.json']);
  });

  test('is in the order of S3', async () => {
    for (const key of ['a', 'a-b', 'a.b', 'a.n', 'aa/b', 'aa.b']) {
      await files().write(objectOf(key, 'content', { metadata }));
    }
    expect(await keys()).toEqual(['a', 'a-b', 'a.b', 'a.n', 'aa.b', 'aa/b']);
  });

  test('tells of what is passed over, and stops when it is told to', async () => {
    symlinkSync('nowhere', scene.path('a'));
    const told: string[] = [];
    const onPassedOver = (path: string): void => {
      told.push(path);
    };
    const store = new SealedFiles({ paths: treePaths(scene.root, ''), onPassedOver });
    expect(await allOf(store.list('', ''))).toEqual([]);
    expect(told).toEqual(['a']);
    expect((await failureOf(() => allOf(store.list('', '', AbortSignal.abort())))).code).toBe('ABORTED');
  });
});
