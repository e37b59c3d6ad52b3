import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { faultsOfEvidence, readFromTop, tableRows } from './support/documents.ts';
import { countKeywords, levels, type Level, type RequirementsIndex } from './support/requirements-index.ts';
import { testNamesIn } from './support/test-names.ts';

const index = JSON.parse(readFromTop('docs/requirements-index.json')) as RequirementsIndex;
const page = readFromTop('docs/requirements.md');
const rows = tableRows(page).map(([id = '', where = '', level = '', asks = '', shownBy = '', ...more]) => ({
  id: id.replaceAll('`', ''),
  where: where.replaceAll('`', ''),
  level: level as Level,
  asks,
  shownBy,
  more,
}));

describe('the table of requirements', () => {
  test('has as many rows for every section and level as the specification has keywords', () => {
    const counts: Record<string, Record<string, Partial<Record<Level, number>>>> = {};
    for (const { where, level } of rows) {
      const [file = '', anchor = ''] = where.split('#');
      const ofSection = ((counts[file] ??= {})[anchor] ??= {});
      ofSection[level] = (ofSection[level] ?? 0) + 1;
    }
    expect(counts).toEqual(index.files);
  });

  test('names the commit that was counted', () => {
    expect(page).toContain(`${index.repository}/tree/${index.commit}/`);
  });

  test('gives every requirement an id of its own', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test.each(rows)('$id: $level: $asks', ({ id, level, asks, shownBy, more }) => {
    expect(id).toMatch(/^[a-z0-9-]+-\d\d$/);
    expect(levels).toContain(level);
    expect(asks).not.toBe('');
    expect(more).toEqual([]);
    if (shownBy.startsWith('exception: ')) expect(shownBy.split(' ').length).toBeGreaterThan(5);
    else expect(faultsOfEvidence(shownBy)).toEqual([]);
  });
});

describe('the names of the V3 entries', () => {
  const folder = join(import.meta.dirname, '..', 'envelope');
  const source = readdirSync(folder).map((file) => readFromTop(`envelope/${file}`));

  test.each([
    { name: 'CONTENT_CIPHER_V3', value: 'x-amz-c' },
    { name: 'ENCRYPTED_DATA_KEY_V3', value: 'x-amz-3' },
    { name: 'MAT_DESC_V3', value: 'x-amz-m' },
    { name: 'ENCRYPTION_CONTEXT_V3', value: 'x-amz-t' },
    { name: 'ENCRYPTED_DATA_KEY_ALGORITHM_V3', value: 'x-amz-w' },
    { name: 'KEY_COMMITMENT_V3', value: 'x-amz-d' },
    { name: 'MESSAGE_ID_V3', value: 'x-amz-i' },
  ])('are constants that are named as the specification has them: $name', ({ name, value }) => {
    const definitions = source.join('\n').match(new RegExp(`\\b${name} = '${value}'`, 'g'));
    expect(definitions).toHaveLength(1);
  });
});

describe('the counting of requirements', () => {
  test('counts every keyword in capitals, for the section that it stands in', () => {
    const markdown = [
      '# Title',
      '### Conventions used in this document',
      'The key words "MUST", "MUST NOT", "SHOULD" and "MAY" …',
      '## Wrapped Client(s)',
      'It MUST do this; it MUST NOT do that, and SHOULD',
      'NOT do a third thing. It must, it may, and MUSTARD is none.',
      '#### ALG_A + B',
      '- It MAY.',
      '## Twice',
      'It SHOULD.',
      '## Twice',
      'It MUST and MUST.',
      '## Empty',
    ].join('\n');
    expect(countKeywords(markdown)).toEqual({
      'wrapped-clients': { MUST: 1, 'MUST NOT': 1, 'SHOULD NOT': 1 },
      'alg_a--b': { MAY: 1 },
      twice: { SHOULD: 1 },
      'twice-1': { MUST: 2 },
    });
  });
});

describe('the names of the tests in a source file', () => {
  test('are those that Jest prints, of tests that run and of groups with such a test', () => {
    const source = `
      describe('a group', () => {
        test('holds one', () => {});
        describe.each([1])('of %i', () => {
          test.each<number>([['not a title']])(\`holds \${one} and \${another.one}\`, () => {});
        });
        test.skip('skipped', () => {});
        test.todo('to be written');
      });
      describe.skip('a skipped group', () => { test('in it', () => {}); });
      describe('an empty group', () => {});
      // test('in a comment', () => {});
      test('alone', () => { expect(test).toBe('inner'); });
    `;
    expect(testNamesIn(source)).toEqual([
      'a group holds one',
      'a group of %i holds ${one} and ${…}',
      'a group of %i',
      'a group',
      'alone',
    ]);
  });
});

describe('a cell of evidence', () => {
  const self = '`test/requirements.test.ts`';

  test('may name several tests, by the ends of their names', () => {
    const whole = `${self}: the table of requirements gives every requirement an id of its own`;
    expect(faultsOfEvidence(`${self}: names the commit that was counted<br>${whole}`)).toEqual([]);
  });

  test.each([
    ['TODO', 'names no test'],
    ['', 'names no test'],
    [`${self}: names the commit that was counted<br>TODO`, 'names no test: TODO'],
    ['`test/nowhere.test.ts`: it works', 'there is no file'],
    [`${self}: it works`, 'there is no test'],
    [`${self}: ames the commit that was counted`, 'there is no test'],
  ])('is at fault where it is "%s"', (cell, fault) => {
    expect(faultsOfEvidence(cell)).toEqual([expect.stringContaining(fault)]);
  });
});
