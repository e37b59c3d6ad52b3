import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue } from '../../envelope/index.ts';
import { faultsOfEvidence, readFromTop, tableRows } from '../support/documents.ts';
import { testNamesIn } from '../support/test-names.ts';
import { attackLists } from './attacks.ts';

// docs/attacks.md is the table of all attacks: it is compared with the lists and with the tests.

const top = join(import.meta.dirname, '..', '..');
const rows = tableRows(readFromTop('docs/attacks.md')).map(
  ([attacks = '', gain = '', code = '', defence = '', shownBy = '', ...more]) => ({
    attacks: attacks.split('<br>'),
    ...{ gain, code, defence, more },
    evidence: shownBy.split('<br>'),
  }),
);

const isList = (evidence: string): boolean => /^`test\/attacks\/on-[a-z-]+\.ts`$/.test(evidence);
const listed = rows.filter(({ evidence }) => evidence.every(isList));
const tested = rows.filter(({ evidence }) => !evidence.every(isList));

test('every row has its five cells', () => {
  expect(rows.length).toBeGreaterThan(70);
  const faulty = rows.filter(({ gain, defence, more }) => gain === '' || defence === '' || more.length > 0);
  expect(faulty).toEqual([]);
});

describe('the rows of the lists', () => {
  const inDocument = listed.flatMap(({ attacks, code, evidence }) =>
    attacks.map((name) => ({ name, code, files: evidence })),
  );
  const inLists = Object.entries(attackLists).flatMap(([file, attacks]) =>
    attacks.map(({ name, code }) => ({ name, code: `\`${code}\``, file: `\`${file}\`` })),
  );

  test('name every attack once', () => {
    const names = inDocument.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(new Set(names)).toEqual(new Set(inLists.map(({ name }) => name)));
  });

  test.each(inDocument)('tell what it ends in, and where it is: $name', ({ name, code, files }) => {
    const attacks = inLists.filter((each) => each.name === name);
    expect(new Set(attacks.map((each) => each.code))).toEqual(new Set([code]));
    for (const { file } of attacks) expect(files).toContain(file);
  });

  test('are of every list that is here', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.startsWith('on-'));
    expect(Object.keys(attackLists).sort()).toEqual(files.map((file) => `test/attacks/${file}`).sort());
  });
});

describe('the rows of single tests', () => {
  test.each(tested)('name tests that run: $attacks', ({ evidence }) => {
    expect(evidence.flatMap(faultsOfEvidence)).toEqual([]);
  });

  const titles = tested.flatMap(({ evidence }) =>
    evidence.map((cell) => /^`(?<file>\S+)`: (?<title>.+)$/.exec(cell)?.groups ?? {}),
  );
  const files = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts') && !['attacks.test.ts', 'documented.test.ts'].includes(file))
    .map((file) => `test/attacks/${file}`);

  test.each(files)('name every test of %s', (file) => {
    const mine = titles.flatMap((each) => (each['file'] === file ? [each['title'] ?? ''] : []));
    const isNamed = (name: string): boolean =>
      mine.some((title) => name === title || name.endsWith(` ${title}`) || name.startsWith(`${title} `));
    const isGroup = (name: string, names: string[]): boolean =>
      names.some((other) => other.startsWith(`${name} `));
    const names = testNamesIn(readFromTop(file));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isGroup(name, names) && !isNamed(name))).toEqual([]);
  });
});

test.each(rows)('what answers is there: $attacks', ({ defence }) => {
  const files = [...defence.matchAll(/`([a-zA-Z-]+\/[^`]+|[A-Z]+\.md)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(top, file)))).toEqual([]);
});

test('what an attack ends in is a code of the catalogue', () => {
  const codes = rows.flatMap(({ code }) => [...code.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each));
  expect(codes.filter((code) => !Object.hasOwn(errorCatalogue, code))).toEqual([]);
});
