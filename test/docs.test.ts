import { describe, expect, test } from '@jest/globals';
import { errorCatalogue } from '../envelope/index.ts';
import { faultsOfEvidence, readFromTop, tableRows } from './support/documents.ts';

describe('the table of evidence', () => {
  const [promises = ''] = readFromTop('docs/evidence.md').split('\n## ');
  const rows = tableRows(promises);

  test('is there', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(rows)('%s', (_, shownBy = '') => {
    expect(faultsOfEvidence(shownBy)).toEqual([]);
  });
});

describe('the table of errors in the README', () => {
  const rows = new Map(
    [...readFromTop('README.md').matchAll(/^\| `([A-Z_]+)` *\| (yes|no) *\| (.+?) *\|$/gm)].map(
      ([, code = '', retryable, hint]) => [code, { retryable: retryable === 'yes', hint }],
    ),
  );

  test('holds every code, what to do next, and whether to try again', () => {
    expect(Object.fromEntries(rows)).toEqual(errorCatalogue);
  });
});
