import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  assertNoMetaKey,
  metaFileContent,
  metaPathOf,
  pathWithMeta,
  readMetaFile,
} from '../../../cli/files/meta-file.ts';
import { failureOf, gather } from '../../support/bytes.ts';
import { lockedOut, Scene } from './scene.ts';

const scene = new Scene();
const limitBytes = 64 * 1024;

describe('a meta file', () => {
  test('keeps metadata, whatever its names and values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), fc.string()), async (metadata) => {
        const path = scene.file('a.meta.json', await gather(metaFileContent(metadata)));
        expect((await readMetaFile(path))?.metadata).toEqual({ ...metadata });
      }),
    );
  });

  test('is JSON that people can read', async () => {
    const content = await gather(metaFileContent({ 'x-amz-c': '115', 'X-Mine': 'é' }));
    expect(content.toString()).toBe('{\n  "x-amz-c": "115",\n  "X-Mine": "é"\n}\n');
  });

  test('may be missing', async () => {
    expect(await readMetaFile(scene.path('a.meta.json'))).toBeUndefined();
  });

  test.each([
    '',
    'no JSON',
    '[]',
    '"text"',
    'null',
    '7',
    '{"a":1}',
    '{"a":null}',
    '{"a":{"b":"c"}}',
    '{"a":"b"',
  ])('is none where it holds %p', async (content) => {
    const path = scene.file('a.meta.json', content);
    expect(await failureOf(() => readMetaFile(path))).toMatchObject({
      code: 'ENVELOPE_MALFORMED',
      message: `"${path}" is not a JSON object of strings`,
    });
  });

  test.each([
    [limitBytes, undefined],
    [limitBytes + 1, 'ENVELOPE_MALFORMED'],
  ])('of %i bytes ends with %p', async (lengthBytes, code) => {
    const path = scene.file('a.meta.json', `{"a":"${'x'.repeat(lengthBytes - 8)}"}`);
    expect(readFileSync(path)).toHaveLength(lengthBytes);
    if (code === undefined) expect(await readMetaFile(path)).toBeDefined();
    else expect((await failureOf(() => readMetaFile(path))).code).toBe(code);
  });

  test('has another revision when it was written again', async () => {
    const before = await readMetaFile(scene.file('a.meta.json', '{}'));
    expect((await readMetaFile(scene.file('a.meta.json', '{ }')))?.revision).not.toBe(before?.revision);
  });

  test('says what keeps it from being read', async () => {
    const folder = scene.folder('folder.meta.json');
    expect((await failureOf(() => readMetaFile(folder))).code).toBe('FILE_FAILED');
    const path = scene.file('a.meta.json', '{}');
    expect((await lockedOut(path, () => failureOf(() => readMetaFile(path)))).code).toBe(
      'FILE_ACCESS_DENIED',
    );
  });
});

describe('the name of a meta file', () => {
  test.each(['a', 'a/b', 'a.meta.json', ''])(
    'comes from that of its file, and leads back to it: %p',
    (path) => {
      expect(metaPathOf(path)).toBe(`${path}.meta.json`);
      expect(pathWithMeta(metaPathOf(path))).toBe(path);
    },
  );

  test.each(['a', 'a.meta.jso', 'a.META.json', 'a.meta.json/b', 'ameta.json'])('is not %p', (path) => {
    expect(pathWithMeta(path)).toBeUndefined();
    expect(() => {
      assertNoMetaKey(path);
    }).not.toThrow();
  });

  test.each(['a.meta.json', '.meta.json', 'a/b.meta.json.meta.json'])(
    'is not to be a key: %p',
    async (key) => {
      const failure = await failureOf(() => {
        assertNoMetaKey(key);
      });
      expect(failure.code).toBe('RESERVED_NAME');
      expect(failure.message).toBe(`the key "${key}" must not end in ".meta.json"`);
      expect(failure.hint).toMatch(/^choose another name/);
    },
  );
});
