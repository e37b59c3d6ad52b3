import { statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { takeNames, type SealedPair } from '../../../cli/files/sealed-pair.ts';
import { thrownBy } from '../../support/bytes.ts';
import { Scene } from './scene.ts';

const scene = new Scene();

function partialPair(): SealedPair {
  return {
    content: scene.file('content.partial', 'new content'),
    meta: scene.file('meta.partial', 'new meta'),
  };
}

function names(): SealedPair {
  return { content: scene.path('a'), meta: scene.path('a.meta.json') };
}

/** What is at the names, of those that are files. */
function standing(): string[] {
  const partial = ['content.partial', 'meta.partial'];
  return scene.all().filter((name) => !partial.includes(name));
}

describe('a pair of files', () => {
  test('takes both its names', async () => {
    await takeNames(partialPair(), names(), false);
    expect([scene.text('a'), scene.text('a.meta.json')]).toEqual(['new content', 'new meta']);
  });

  test.each([true, false])('replaces an earlier pair, which had metadata: %p', async (hadMeta) => {
    scene.file('a', 'earlier');
    if (hadMeta) scene.file('a.meta.json', 'earlier meta');
    await takeNames(partialPair(), names(), true);
    expect([scene.text('a'), scene.text('a.meta.json')]).toEqual(['new content', 'new meta']);
    expect(standing()).toEqual(['a', 'a.meta.json']);
  });

  test.each(['a', 'a.meta.json'])('takes neither name where %p is there', async (name) => {
    scene.file(name, 'precious');
    await expect(takeNames(partialPair(), names(), false)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(standing()).toEqual([name]);
    expect(scene.text(name)).toBe('precious');
  });

  test('puts the earlier metadata back, the very file, where the content cannot take its name', async () => {
    scene.folder('a');
    const before = statSync(scene.file('a.meta.json', 'earlier meta'), { bigint: true });
    expect(await thrownBy(() => takeNames(partialPair(), names(), true))).toMatchObject({ code: 'EISDIR' });
    expect(standing()).toEqual(['a.meta.json', 'a/']);
    expect(scene.text('a.meta.json')).toBe('earlier meta');
    const after = statSync(scene.path('a.meta.json'), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test('takes its metadata back where there was none, and the content cannot take its name', async () => {
    scene.folder('a');
    await thrownBy(() => takeNames(partialPair(), names(), true));
    expect(standing()).toEqual(['a/']);
  });

  test('leaves an earlier pair alone where the metadata cannot take its name', async () => {
    scene.file('a', 'earlier');
    scene.folder('a.meta.json');
    await thrownBy(() => takeNames(partialPair(), names(), true));
    expect(standing()).toEqual(['a', 'a.meta.json/']);
    expect(scene.text('a')).toBe('earlier');
  });
});
