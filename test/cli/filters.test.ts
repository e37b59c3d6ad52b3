import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nameFilter, type Filter } from '../../cli/filters.ts';

const include = (pattern: string): Filter => ({ kind: 'include', pattern });
const exclude = (pattern: string): Filter => ({ kind: 'exclude', pattern });

/** Whether a name matches a pattern, seen from a filter that leaves out what does. */
function matches(pattern: string, name: string): boolean {
  return !nameFilter([exclude(pattern)])(name);
}

describe('filters', () => {
  test.each<[string, Filter[], boolean]>([
    ['there is none', [], true],
    ['it is left out', [exclude('*')], false],
    ['it is only named as wanted', [include('*.txt')], true],
    ['another is named as wanted', [include('*.jpg')], true],
    ['it is taken in again', [exclude('*'), include('*.txt')], true],
    ['it is left out again', [include('*.txt'), exclude('*')], false],
    ['the last that matches counts, not the last', [exclude('*'), include('a/*'), exclude('*.jpg')], true],
    ['three match', [exclude('a/*'), include('*'), exclude('*.txt')], false],
  ])('decide about a name where %s', (_, filters, isWanted) => {
    expect(nameFilter(filters)('a/b.txt')).toBe(isWanted);
  });
});

describe('a pattern matches', () => {
  test.each([
    ['*', 'a'],
    ['*', 'a/b/c'],
    ['*', '.hidden'],
    ['*', 'a/.hidden/b'],
    ['*', 'a\nb'],
    ['*', 'a\r\nb\u2028c'],
    ['*', 'a/../b'],
    ['*.tmp', '.tmp'],
    ['*.tmp', 'a/b.tmp'],
    ['cache/*', 'cache/a/b'],
    ['cache/*', 'cache/'],
    ['a*c', 'a/b/c'],
    ['a*c', 'ac'],
    ['a**c', 'a/b/c'],
    ['?', 'a'],
    ['?', '.'],
    ['a?c', 'a\nc'],
    ['[ab]', 'b'],
    ['[a-c]x', 'bx'],
    ['[!a]', 'b'],
    ['[!a-c]', 'd'],
    ['[]]', ']'],
    ['[!]]', 'a'],
    ['[*]', '*'],
    ['[?]', '?'],
    ['[[]x', '[x'],
    ['[a', '[a'],
    ['a]', 'a]'],
    ['{a,b}', '{a,b}'],
    ['!a', '!a'],
    ['@(a)', '@(a)'],
    ['a!(b)', 'a!(b)'],
    ['a+b', 'a+b'],
    ['a.b', 'a.b'],
    ['$a^', '$a^'],
    ['a|b', 'a|b'],
    ['"a"', '"a"'],
    ['~/a', '~/a'],
    ['#a', '#a'],
    ['report (1).txt', 'report (1).txt'],
    ['Ä*', 'Ä/ö'],
  ])('%j: %j', (pattern, name) => {
    expect(matches(pattern, name)).toBe(true);
  });

  test.each([
    ['*(1).txt', 'report (1).txt'],
    ['a?b', 'a/b'],
    ['[!a]', '/'],
    ['?', '😀'],
    ['x[!', 'x[!'],
    ['"a"*', '"a".txt'],
    ['[^a]', '^'],
    ['[\\d]', '\\'],
    ['a\\*', 'a\\b'],
    ['x{1}', 'x{1}'],
  ])('%j: %j', (pattern, name) => {
    expect(matches(pattern, name)).toBe(true);
  });
});

describe('a pattern does not match', () => {
  test.each([
    ['*.tmp', 'a.tmp.txt'],
    ['*.tmp', 'atmp'],
    ['cache/*', 'a/cache/b'],
    ['cache/*', 'cache'],
    ['a', 'a/b'],
    ['a', 'A'],
    ['b', 'a/b'],
    ['a.b', 'axb'],
    ['?', ''],
    ['?', 'ab'],
    ['[ab]', 'c'],
    ['[!a]', 'a'],
    ['[!!]', '!'],
    ['{a,b}', 'a'],
    ['{1..3}', '2'],
    ['!a', 'b'],
    ['@(a)', 'a'],
    ['+(a)', 'aa'],
    ['!(a)', 'b'],
    ['a|b', 'a'],
    ['a+', 'aa'],
  ])('%j: %j', (pattern, name) => {
    expect(matches(pattern, name)).toBe(false);
  });

  test.each([
    ['(a)', 'a'],
    ['report (1).txt', 'report 1.txt'],
    ['(a|b)', 'a'],
    ['"a"', 'a'],
    ['[^a]', 'b'],
    ['[\\d]', '1'],
    ['**/a', 'a'],
    ['./a', 'a'],
  ])('%j: %j', (pattern, name) => {
    expect(matches(pattern, name)).toBe(false);
  });
});

describe('a set that', () => {
  test.each([
    ['has what a regular expression escapes in no set', '[&]', '&', true],
    ['has it, and another', '[a~]', '~', true],
    ['is empty is no set', 'a[]b', 'a[]b', true],
    ['is of all but nothing is no set', '[!]', '[!]', true],
    ['is of all but nothing matches nothing', '[!]', 'x', false],
    ['has a range from back to front has nothing', '[z-a]', 'b', false],
  ])('%s', (_, pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });
});

test('an empty pattern matches nothing that has a name', () => {
  expect(matches('', 'a')).toBe(false);
});

test('letters, marks and stars match as a plain search for them does', () => {
  const units = fc.constantFrom('a', 'b', '.', '/', '-', ' ', '\n', '(', '+', '😀');
  const names = fc.string({ unit: units, minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), names, (parts, name) => {
      expect(matches(parts.join('*'), name)).toBe(hasInOrder(name, parts));
      expect(matches(parts.join('*'), parts.join(name))).toBe(true);
    }),
  );
});

/** Whether a name is these parts in their order, with anything between them. */
function hasInOrder(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) {
    return false;
  }
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
