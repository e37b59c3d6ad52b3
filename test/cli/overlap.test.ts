import { symlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { assertApart } from '../../cli/overlap.ts';
import { parsePlace } from '../../cli/place.ts';
import { failureOf } from '../support/bytes.ts';
import { Scene } from './files/scene.ts';

const scene = new Scene();

/** Places, with an at-sign for the folder of the test. */
function apart(from: string, to: string): Promise<void> {
  const place = (text: string) => parsePlace(text.replace('@', scene.root));
  return assertApart(place(from), place(to));
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
    ['-', '@/a'],
    ['@/a', '-'],
    ['s3://b/a', '-'],
    ['-', 's3://b/a'],
    ['-', '-'],
  ])('%s and %s', async (from, to) => {
    fill();
    await expect(apart(from, to)).resolves.toBeUndefined();
  });
});
