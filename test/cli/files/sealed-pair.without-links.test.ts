import * as files from 'node:fs/promises';
import { expect, jest, test } from '@jest/globals';
import * as calls from '../../../operations/file-calls.ts';
import { thrownBy } from '../../support/bytes.ts';
import { Scene } from './scene.ts';

const scene = new Scene();

// A file system without links, as FAT is one.
const noLinks = (): Promise<never> => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
jest.unstable_mockModule('node:fs/promises', () => ({ ...files, link: noLinks }));
jest.unstable_mockModule('../../../operations/file-calls.ts', () => ({ ...calls, linkFile: noLinks }));
const { takeNames } = await import('../../../cli/files/sealed-pair.ts');

test('a pair of files replaces an earlier one where there are no links', async () => {
  const partial = {
    content: scene.file('content.partial', 'new'),
    meta: scene.file('meta.partial', 'new meta'),
  };
  const names = { content: scene.file('a', 'earlier'), meta: scene.file('a.meta.json', 'earlier meta') };
  await takeNames(partial, names, true);
  expect([scene.text('a'), scene.text('a.meta.json')]).toEqual(['new', 'new meta']);
  expect(scene.all()).toEqual(['a', 'a.meta.json']);
});

test('a pair of files comes to be, and not in the place of another, where there are no links', async () => {
  const names = { content: scene.path('a'), meta: scene.path('a.meta.json') };
  for (const code of [undefined, 'EEXIST']) {
    const partial = {
      content: scene.file('content.partial', 'new'),
      meta: scene.file('meta.partial', 'meta'),
    };
    const taking = () => takeNames(partial, names, false);
    if (code === undefined) await taking();
    else expect(await thrownBy(taking)).toMatchObject({ code });
  }
  expect([scene.text('a'), scene.text('a.meta.json')]).toEqual(['new', 'meta']);
});

test('the earlier metadata is put back where there are no links', async () => {
  const partial = {
    content: scene.file('content.partial', 'new'),
    meta: scene.file('meta.partial', 'new meta'),
  };
  const names = { content: scene.folder('a'), meta: scene.file('a.meta.json', 'earlier meta') };
  expect(await thrownBy(() => takeNames(partial, names, true))).toMatchObject({ code: 'EISDIR' });
  expect(scene.text('a.meta.json')).toBe('earlier meta');
  expect(scene.all()).toEqual(['a.meta.json', 'a/', 'content.partial']);
});
