import { describe, expect, test } from '@jest/globals';
import { PlainFiles } from '../../cli/files/plain-files.ts';
import { SealedFiles } from '../../cli/files/sealed-files.ts';
import { locateInBucket, locatePlain, locateSealed, type LocateOptions } from '../../cli/located.ts';
import { parsePlace } from '../../cli/place.ts';
import { S3ObjectStore } from '../../aws/index.ts';
import { thrownBy } from '../support/bytes.ts';

const plain = (text: string, options: LocateOptions = {}) =>
  locatePlain(parsePlace(text), { region: 'eu-west-1', ...options });
const sealed = (text: string, options: LocateOptions = {}) =>
  locateSealed(parsePlace(text), { region: 'eu-west-1', ...options });

describe('a place has its store', () => {
  test.each([
    ['d/a.txt', 'a.txt', false],
    ['/a', 'a', false],
    ['d/', '', true],
  ])('%s: files', (text, key, isTree) => {
    expect(plain(text)).toMatchObject({ bucket: '', key, isTree });
    expect(plain(text).store).toBeInstanceOf(PlainFiles);
    expect(sealed(text)).toMatchObject({ bucket: '', key, isTree });
    expect(sealed(text).store).toBeInstanceOf(SealedFiles);
  });

  test.each([
    ['s3://b/d/a.txt', 'd/a.txt', false],
    ['s3://b/d/', 'd/', true],
    ['s3://b', '', true],
  ])('%s: S3', (text, key, isTree) => {
    for (const each of [plain(text), sealed(text)]) {
      expect(each).toMatchObject({ bucket: 'b', key, isTree });
      expect(each.store).toBeInstanceOf(S3ObjectStore);
    }
  });

  test.each([plain, sealed])('but a stream has none', async (locate) => {
    expect(await thrownBy(() => locate('-'))).toMatchObject({
      name: 'UsageError',
      message: '"-" cannot stand here',
    });
  });
});

describe('a place that must be in S3', () => {
  test('has its store there', () => {
    const located = locateInBucket(parsePlace('s3://b/d/'), { region: 'eu-west-1', hint: 'go there' });
    expect(located).toMatchObject({ bucket: 'b', key: 'd/', isTree: true });
    expect([located.store instanceof S3ObjectStore, located.holds('d/a.instruction')]).toEqual([true, false]);
  });

  test.each(['d/', 'd', '-'])('is not %s', async (text) => {
    expect(await thrownBy(() => locateInBucket(parsePlace(text), { hint: 'go there' }))).toMatchObject({
      ...{ name: 'UsageError', message: `"${text}" is not in S3`, hint: 'go there' },
    });
  });
});

describe('a key of its own', () => {
  test('is that of a local sealed file, and begins those of a tree', () => {
    expect(sealed('out/x', { objectKey: 'reports/a' })).toMatchObject({ key: 'reports/a' });
    expect(sealed('out/', { objectKey: 'reports/' })).toMatchObject({ key: 'reports/' });
    expect(plain('in/x', { objectKey: 'reports/a' })).toMatchObject({ key: 'x' });
    for (const objectKey of ['reports/a', 'reports/']) {
      expect(plain('in/', { objectKey })).toMatchObject({ key: '', isTree: true });
    }
  });

  test('is not for S3', async () => {
    expect(await thrownBy(() => sealed('s3://b/x', { objectKey: 'a' }))).toMatchObject({
      name: 'UsageError',
      message: '--object-key is for local sealed files',
    });
  });

  test('ends with a slash for a tree', async () => {
    expect(await thrownBy(() => sealed('out/', { objectKey: 'reports' }))).toMatchObject({
      name: 'UsageError',
      message: 'below a tree, --object-key is what keys begin with',
    });
  });
});

test.each([
  [plain('d/'), 'x/y', 'd/x/y'],
  [plain('d/a'), 'a', 'd/a'],
  [sealed('d/', { objectKey: 'r/' }), 'r/x', 'd/x'],
  [sealed('d/a', { objectKey: 'r/x' }), 'r/x', 'd/a'],
  [sealed('s3://b/d/'), 'd/x', 's3://b/d/x'],
  [sealed('s3://b/a b'), 'a b', 's3://b/a b'],
])('%#: an object is shown as one types it', (located, key, shown) => {
  expect(located.show(key)).toBe(shown);
});

test.each([
  [plain('d/a'), 'a', ['a']],
  [plain('s3://b/d/a'), 'd/a', ['d/a']],
  [sealed('d/a'), 'a', ['a', 'a.meta.json', 'a.instruction', 'a.instruction.meta.json']],
  [sealed('s3://b/d/a', { instructionFileSuffix: '.keys' }), 'd/a', ['d/a', 'd/a.keys']],
])('%#: all that belongs to an object has its names', (located, key, names) => {
  expect(located.names(key)).toEqual(names);
});

test('instruction files go with their objects, in a sealed place alone', () => {
  expect(['a', 'a.instruction', 'a.keys'].map(sealed('s3://b/').holds)).toEqual([true, false, true]);
  const named = sealed('s3://b/', { instructionFileSuffix: '.keys' });
  expect(['a', 'a.instruction', 'a.keys'].map(named.holds)).toEqual([true, false, false]);
  expect(['a', 'a.instruction'].map(plain('s3://b/').holds)).toEqual([true, true]);
});
