import { symlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { assertApart } from '../../cli/overlap.ts';
import { locatePlain, locateSealed, type LocateOptions } from '../../cli/located.ts';
import { parsePlace, type Place } from '../../cli/place.ts';
import { failureOf } from '../support/bytes.ts';
import { Scene } from './files/scene.ts';

const scene = new Scene();

/** Places of plaintexts, with an at-sign for the folder of the test. */
function apart(from: string, to: string): Promise<void> {
  return assertApart({ source: locatePlain(place(from), {}), destination: locatePlain(place(to), {}) });
}

function sealingApart(from: string, to: string): Promise<void> {
  return assertApart({ source: locatePlain(place(from), {}), destination: locateSealed(place(to), {}) });
}

function openingApart(from: string, to: string, options: LocateOptions = {}): Promise<void> {
  return assertApart({
    source: locateSealed(place(from), options),
    destination: locatePlain(place(to), options),
  });
}

function place(text: string): Place {
  return parsePlace(text.replace('@', scene.root));
}

/** Some files and links to read from and write to. */
function fill(): void {
  scene.file('a');
  scene.file('d/a');
  scene.folder('d/e');
  symlinkSync(scene.path('a'), scene.path('link-to-a'));
  symlinkSync(scene.path('d'), scene.path('link-to-d'));
}

describe('output is refused that is input', () => {
  test.each([
    ['@/a', '@/a'],
    ['@/a', '@/d/../a'],
    ['@/a', '@//a'],
    ['@/a', '@/'],
    ['@/link-to-a', '@/a'],
    ['@/a', '@/link-to-a'],
    ['@/d/a', '@/link-to-d/a'],
    ['@/d/a', '@/link-to-d/'],
    ['@/new', '@/new'],
    ['@/d/', '@/d/'],
    ['@/d/', '@/'],
    ['@/d/', '@/d/e/'],
    ['@/d/', '@/d/new/deep/'],
    ['@/', '@/d/e/'],
    ['@/link-to-d/', '@/d/new/'],
    ['@/d/', '@/link-to-d/new/'],
    ['/', '@/d/'],
    ['@/d/', '/'],
    ['s3://b/a', 's3://b/a'],
    ['s3://b/a', 's3://b/'],
    ['s3://b/d/a', 's3://b/d/'],
    ['s3://b/', 's3://b/'],
    ['s3://b/d/', 's3://b/'],
    ['s3://b/', 's3://b/d/'],
    ['s3://b/d/', 's3://b/d/e/'],
  ])('%s and %s', async (from, to) => {
    fill();
    const failure = await failureOf(() => apart(from, to));
    const [typedFrom, typedTo] = [from, to].map((each) => each.replace('@', scene.root));
    expect(failure).toMatchObject({
      code: 'OUTPUT_IS_INPUT',
      message: `"${typedTo}" is, or has a part in, "${typedFrom}"`,
    });
  });

  test('where a link leads out of its folder', async () => {
    scene.file('x/a');
    scene.folder('x/y');
    symlinkSync(scene.path('x/y'), scene.path('link'));
    expect((await failureOf(() => apart('@/link/../a', '@/x/a'))).code).toBe('OUTPUT_IS_INPUT');
  });
});

describe('places are apart', () => {
  test.each([
    ['@/a', '@/b'],
    ['@/a', '@/d/'],
    ['@/a', '@/a.sealed'],
    ['@/d/', '@/d2/'],
    ['@/d/e/', '@/d/f/'],
    ['@/d/', '@/new/d/'],
    ['s3://b/a', 's3://b/b'],
    ['s3://b/a', 's3://c/a'],
    ['s3://b/a', 's3://b/A'],
    ['s3://b/d/a', 's3://b/'],
    ['s3://b/d/', 's3://b/d2/'],
    ['s3://b/', 's3://c/'],
    ['s3://b/d/', 's3://b2/d/'],
    ['s3://b/a', 's3://b/./a'],
    ['@/a', 's3://b/a'],
    ['s3://b/', '@/d/'],
  ])('%s and %s', async (from, to) => {
    fill();
    await expect(apart(from, to)).resolves.toBeUndefined();
  });
});

describe('what belongs to a sealed object counts', () => {
  test.each([
    ['@/a', '@/a.meta.json'],
    ['@/a', '@/a.instruction'],
    ['@/a', '@/a.instruction.meta.json'],
    ['@/d/a', '@/link-to-d/a.meta.json'],
    ['@/link-to-a', '@/link-to-a.meta.json'],
    ['s3://b/a', 's3://b/a.instruction'],
  ])('where %s is opened to %s, and where it is sealed the other way', async (sealed, plain) => {
    fill();
    expect((await failureOf(() => openingApart(sealed, plain))).code).toBe('OUTPUT_IS_INPUT');
    expect((await failureOf(() => sealingApart(plain, sealed))).code).toBe('OUTPUT_IS_INPUT');
    await expect(apart(sealed, plain)).resolves.toBeUndefined();
  });

  test.each([
    ['@/a', '@/b.meta.json'],
    ['@/a.meta.json', '@/a'],
    ['s3://b/a', 's3://b/a.meta.json'],
    ['s3://b/a', 's3://c/a.instruction'],
    ['@/d/a', '@/'],
  ])('but not of %s to %s', async (sealed, plain) => {
    fill();
    await expect(openingApart(sealed, plain)).resolves.toBeUndefined();
  });

  test('with an ending of its own', async () => {
    const options = { instructionFileSuffix: '.keys' };
    await expect(openingApart('@/a', '@/a.instruction', options)).resolves.toBeUndefined();
    expect((await failureOf(() => openingApart('@/a', '@/a.keys', options))).code).toBe('OUTPUT_IS_INPUT');
  });
});

describe('into a tree, an object goes under the name that its key ends with', () => {
  test('which may be that of another file', async () => {
    fill();
    await expect(openingApart('@/d/a', '@/d/', { objectKey: 'reports/b' })).resolves.toBeUndefined();
    await expect(openingApart('@/a', '@/d/', { objectKey: 'reports/a' })).resolves.toBeUndefined();
  });

  test.each(['reports/a', 'reports/a.meta.json', 'a.instruction'])(
    'which may be its own: %s',
    async (objectKey) => {
      fill();
      const work = () => openingApart('@/d/a', '@/d/', { objectKey });
      expect((await failureOf(work)).code).toBe('OUTPUT_IS_INPUT');
    },
  );
});
