import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { singlePath, treePaths } from '../../../cli/files/key-paths.ts';
import { SealedFiles } from '../../../cli/files/sealed-files.ts';
import { edgeLengths, failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import { broken, followedBy, objectOf, Scene, textOf } from './scene.ts';

const scene = new Scene();
const at = (key: string): { bucket: string; key: string } => ({ bucket: 'any', key });
const files = (): SealedFiles => new SealedFiles({ paths: treePaths(scene.root, '') });
const metadata = { 'x-amz-c': '115', 'X-Mine': 'kept as it is' };

describe('a sealed file that is written', () => {
  test.each(edgeLengths)('has its %i bytes and its metadata, in two files', async (lengthBytes) => {
    const body = inChunks(patternBytes(lengthBytes), 7, 0, 900);
    const address = await files().write(objectOf('a/b', '', { body, lengthBytes, metadata }));
    expect(address).toEqual({ bucket: '', key: 'a/b' });
    expect(readFileSync(scene.path('a/b')).equals(patternBytes(lengthBytes))).toBe(true);
    expect(JSON.parse(scene.text('a/b.meta.json'))).toEqual(metadata);
    expect(scene.all()).toEqual(['a/', 'a/b', 'a/b.meta.json']);
    expect((await files().head(at('a/b'))).metadata).toEqual(metadata);
  });

  test('may be a single one, and has the time that it was given', async () => {
    const modified = new Date('2001-02-03T04:05:06.789Z');
    const store = new SealedFiles({ paths: singlePath('some/key', scene.path('a')) });
    await store.write(objectOf('some/key', 'content', { modified }));
    expect(scene.all()).toEqual(['a', 'a.meta.json']);
    expect((await store.head(at('some/key'))).lastModified).toEqual(modified);
  });

  test('may be read by whom the umask lets', async () => {
    const earlier = process.umask(0o027);
    try {
      await files().write(objectOf('a', 'content'));
    } finally {
      process.umask(earlier);
    }
    const modes = ['a', 'a.meta.json'].map((name) => statSync(scene.path(name)).mode & 0o777);
    expect(modes).toEqual([0o640, 0o640]);
  });

  test('replaces the earlier one where it is what it was', async () => {
    await files().write(objectOf('a', 'earlier', { metadata }));
    const { etag } = await files().head(at('a'));
    await files().write(objectOf('a', 'later', { metadata: { mine: 'new' }, condition: { etag } }));
    const { object, content } = await files().get(at('a'));
    expect([object.metadata, await textOf(content)]).toEqual([{ mine: 'new' }, 'later']);
    expect(scene.all()).toEqual(['a', 'a.meta.json']);
  });

  test('replaces a file that was not sealed where it is what it was', async () => {
    scene.file('a', 'earlier');
    const { etag } = await files().head(at('a'));
    await files().write(objectOf('a', 'later', { metadata, condition: { etag } }));
    expect((await files().head(at('a'))).metadata).toEqual(metadata);
  });
});

describe('a sealed file that cannot be written', () => {
  test.each([
    ['the body fails', { body: broken() }, { message: 'the tag was wrong' }],
    ['the checksum is another', { crc32: () => 'AAAAAA==' }, { code: 'VERIFICATION_FAILED' }],
    ['the length is another', { lengthBytes: 3 }, { code: 'CONTENT_LENGTH_MISMATCH' }],
  ])('leaves nothing where %s', async (_, says, expected) => {
    expect(await thrownBy(() => files().write(objectOf('a/b', 'content', says)))).toMatchObject(expected);
    expect(scene.all()).toEqual([]);
  });

  test('leaves nothing where the work is stopped at the end', async () => {
    const controller = new AbortController();
    const body = followedBy('content', () => {
      controller.abort();
    });
    const write = files().write(objectOf('a/b', '', { body }), controller.signal);
    expect((await failureOf(() => write)).code).toBe('ABORTED');
    expect(scene.all()).toEqual([]);
  });

  test.each([246, 255])(
    'leaves nothing where no meta file can have its name, of %i bytes',
    async (lengthBytes) => {
      let isRead = false;
      const body = followedBy('content', () => {
        isRead = true;
      });
      const write = files().write(objectOf('x'.repeat(lengthBytes), '', { body }));
      expect((await failureOf(() => write)).code).toBe('FILE_NAME_INVALID');
      expect([scene.all(), isRead]).toEqual([[], false]);
    },
  );

  test('may have a name that leaves just enough room', async () => {
    await files().write(objectOf('x'.repeat(245), 'content'));
    expect(scene.all()).toHaveLength(2);
  });

  test('leaves the earlier one whole where the body fails', async () => {
    await files().write(objectOf('a', 'earlier', { metadata }));
    const before = await files().head(at('a'));
    const object = objectOf('a', '', { body: broken(), condition: { etag: before.etag } });
    await thrownBy(() => files().write(object));
    expect(await files().head(at('a'))).toEqual(before);
    expect(scene.all()).toEqual(['a', 'a.meta.json']);
  });

  test.each(['a.meta.json', 'a/.meta.json'])('is one whose key could be a meta file’s: %p', async (key) => {
    expect((await failureOf(() => files().write(objectOf(key, 'content')))).code).toBe('RESERVED_NAME');
    expect(scene.all()).toEqual([]);
  });
});

describe('what stands in the place', () => {
  const hint = 'move it away: the metadata of the sealed file beside it goes there';

  test.each(['a', 'a.meta.json'])(
    'is not replaced where nothing should be, before or meanwhile: %p',
    async (name) => {
      for (const when of ['before', 'meanwhile']) {
        if (when === 'before') scene.file(name, 'precious');
        const body = followedBy('content', () => {
          scene.file(name, 'precious');
        });
        const failure = await failureOf(() => files().write(objectOf('a', '', { body })));
        expect(failure).toMatchObject({
          code: name === 'a' ? 'OBJECT_CHANGED' : 'OUTPUT_EXISTS',
          message: `there is already "${scene.path(name)}"`,
        });
        expect(failure.hint === hint).toBe(name === 'a.meta.json');
        expect([scene.all(), scene.text(name)]).toEqual([[name], 'precious']);
        rmSync(scene.path(name));
      }
    },
  );

  test.each([
    [
      'its content has changed',
      () => {
        writeFileSync(scene.path('a'), 'other');
      },
    ],
    [
      'its metadata has changed',
      () => {
        writeFileSync(scene.path('a.meta.json'), '{"other":""}');
      },
    ],
    [
      'its metadata has gone',
      () => {
        rmSync(scene.path('a.meta.json'));
      },
    ],
    [
      'its content has gone',
      () => {
        rmSync(scene.path('a'));
      },
    ],
  ])('is not replaced where %s, before or meanwhile', async (_, change) => {
    for (const when of ['before', 'meanwhile']) {
      scene.file('a', 'earlier');
      scene.file('a.meta.json', '{"x-amz-i":"id"}');
      const { etag } = await files().head(at('a'));
      if (when === 'before') change();
      const body = followedBy('content', when === 'before' ? () => undefined : change);
      const write = files().write(objectOf('a', '', { body, metadata, condition: { etag } }));
      expect((await failureOf(() => write)).code).toBe('OBJECT_CHANGED');
      for (const left of scene.all()) expect(scene.text(left)).not.toMatch(/content|115/);
    }
  });

  test('is not replaced where its metadata is a file of the user’s own', async () => {
    scene.file('a', 'earlier');
    scene.file('a.meta.json', '{"mine":"yes"}');
    const { etag } = await files().head(at('a'));
    const write = files().write(objectOf('a', 'content', { condition: { etag } }));
    expect((await failureOf(() => write)).code).toBe('OUTPUT_EXISTS');
    expect(scene.text('a.meta.json')).toBe('{"mine":"yes"}');
  });

  test('is not replaced where it is a folder', async () => {
    scene.folder('a');
    expect((await failureOf(() => files().write(objectOf('a', 'content')))).code).toBe('FILE_FAILED');
    scene.folder('b.meta.json');
    expect((await failureOf(() => files().write(objectOf('b', 'content')))).code).toBe('FILE_FAILED');
    expect(scene.all()).toEqual(['a/', 'b.meta.json/']);
  });
});
