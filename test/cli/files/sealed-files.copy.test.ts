import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { singlePath, treePaths } from '../../../cli/files/key-paths.ts';
import { SealedFiles } from '../../../cli/files/sealed-files.ts';
import type { StoredObject } from '../../../operations/object-store.ts';
import { failureOf } from '../../support/bytes.ts';
import { lockedOut, objectOf, Scene } from './scene.ts';

const scene = new Scene();
const files = (): SealedFiles => new SealedFiles({ paths: treePaths(scene.root, '') });
const address = { bucket: '', key: 'd/a' };
const before = { 'x-amz-c': '115', mine: 'old' };
const metadata = { 'x-amz-c': '115', mine: 'new' };

/** A sealed file, as a store tells of it. */
async function sealedFile(): Promise<StoredObject> {
  await files().write(objectOf('d/a', 'content', { metadata: before }));
  return files().head(address);
}

const inPlace = ({ etag }: StoredObject) => ({ address, metadata, condition: { etag } });

describe('other metadata in its place', () => {
  test('is written to the meta file alone', async () => {
    const object = await sealedFile();
    const { mtimeNs, ino } = statSync(scene.path('d', 'a'), { bigint: true });
    expect(await files().copy(object, inPlace(object))).toEqual(address);
    expect(JSON.parse(scene.text('d/a.meta.json'))).toEqual(metadata);
    expect(statSync(scene.path('d', 'a'), { bigint: true })).toMatchObject({ mtimeNs, ino });
    expect(scene.all()).toEqual(['d/', 'd/a', 'd/a.meta.json']);
    expect((await files().head(address)).etag).not.toBe(object.etag);
  });

  test('is that of a single file with a key of its own', async () => {
    const store = new SealedFiles({ paths: singlePath('some/key', scene.path('a')) });
    await store.write(objectOf('some/key', 'content', { metadata: before }));
    const object = await store.head({ bucket: '', key: 'some/key' });
    const target = { address: object.address, metadata, condition: { etag: object.etag } };
    await store.copy(object, target);
    expect((await store.head(object.address)).metadata).toEqual(metadata);
  });
});

describe('leaves both files as they are', () => {
  test.each<[string, () => void, string]>([
    ['the content is another', () => scene.file('d/a', 'changed'), 'OBJECT_CHANGED'],
    ['the metadata is another', () => scene.file('d/a.meta.json', '{"x-amz-c":"1"}'), 'OBJECT_CHANGED'],
  ])('where %s', async (_, change, code) => {
    const object = await sealedFile();
    change();
    const [content, meta] = ['d/a', 'd/a.meta.json'].map((name) => scene.text(name));
    expect((await failureOf(() => files().copy(object, inPlace(object)))).code).toBe(code);
    expect(['d/a', 'd/a.meta.json'].map((name) => scene.text(name))).toEqual([content, meta]);
    expect(scene.all()).toEqual(['d/', 'd/a', 'd/a.meta.json']);
  });

  test.each([
    ['nothing should be there', { absent: true } as const, 'OBJECT_CHANGED'],
    ['another state should be there', { etag: '"another"' }, 'OBJECT_CHANGED'],
  ])('where %s', async (_, condition, code) => {
    const object = await sealedFile();
    const copy = files().copy(object, { ...inPlace(object), condition });
    expect((await failureOf(() => copy)).code).toBe(code);
    expect(JSON.parse(scene.text('d/a.meta.json'))).toEqual(before);
  });

  test('where another key is meant', async () => {
    const object = await sealedFile();
    const copy = files().copy(object, { ...inPlace(object), address: { bucket: '', key: 'd/b' } });
    expect(await failureOf(() => copy)).toMatchObject({
      ...{ code: 'COPY_UNSUPPORTED', hint: 'open the object and seal it again in its new place' },
    });
    expect(scene.all()).toEqual(['d/', 'd/a', 'd/a.meta.json']);
  });

  test('where the work was stopped', async () => {
    const object = await sealedFile();
    const copy = files().copy(object, inPlace(object), AbortSignal.abort());
    expect((await failureOf(() => copy)).code).toBe('ABORTED');
  });

  test('where the folder may not be written to', async () => {
    const object = await sealedFile();
    const code = await lockedOut(
      scene.path('d'),
      async () => (await failureOf(() => files().copy(object, inPlace(object)))).code,
      0o555,
    );
    expect(code).toBe('FILE_ACCESS_DENIED');
    expect(JSON.parse(readFileSync(scene.path('d', 'a.meta.json'), 'utf8'))).toEqual(before);
  });

  test('where a file of the user is in the place of the metadata', async () => {
    scene.file('d/a', 'content');
    writeFileSync(scene.path('d', 'a.meta.json'), '{"name":"mine"}');
    const object = await files().head(address);
    expect((await failureOf(() => files().copy(object, inPlace(object)))).code).toBe('OUTPUT_EXISTS');
    expect(scene.text('d/a.meta.json')).toBe('{"name":"mine"}');
  });
});
