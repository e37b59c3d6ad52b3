import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue } from '../envelope/index.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the table of evidence', () => {
  const [promises = ''] = read('docs/evidence.md').split('\n## ');
  const rows = [...promises.matchAll(/^\| (?<promise>.+?) *\| `(?<file>test\/.+?)`: (?<title>.+?) *\|$/gm)];

  test('has a test for every promise', () => {
    const lines = promises.match(/^\| (?!promise|-)/gm);
    expect(rows).toHaveLength(lines?.length ?? 0);
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(
    rows.map(({ groups }) => [groups?.['promise'] ?? '', groups?.['file'] ?? '', groups?.['title'] ?? '']),
  )('%s', (_, file, title) => {
    expect(read(file)).toContain(title);
  });
});

describe('the table of errors in the README', () => {
  const rows = new Map(
    [...read('README.md').matchAll(/^\| `([A-Z_]+)` *\| (yes|no) *\| (.+?) *\|$/gm)].map(
      ([, code = '', retryable, hint]) => [code, { retryable: retryable === 'yes', hint }],
    ),
  );

  test('holds every code, what to do next, and whether to try again', () => {
    expect(Object.fromEntries(rows)).toEqual(errorCatalogue);
  });
});
