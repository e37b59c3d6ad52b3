import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { globOf } from '../../cli/glob.ts';

const matches = (pattern: string, name: string): boolean => globOf(pattern)(Array.from(name));

describe('a glob', () => {
  test.each([
    ['', '', true],
    ['*', '', true],
    ['**', '', true],
    ['*?', '', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*ab', 'aab', true],
    ['*aab*', 'aaab', true],
    ['a*a', 'a', false],
    ['*[!a]', 'ab', true],
    ['*[z-a]', 'z', false],
    ['[!z-a]', 'b', false],
    ['[a-c-e]', 'd', false],
    ['[a-c-e]', '-', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[--0]', '.', true],
    ['[]-a]', '^', true],
    ['[😀-😎]', '😃', true],
    ['[!😀]', '😃', true],
    ['\ud83d?', '\ud83dx', true],
  ])('%j, of %j: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  test.each([
    ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(1024)],
    ['*a'.repeat(500), `${'a'.repeat(498)}b`.repeat(2)],
    [`${'*?'.repeat(400)}b`, 'a'.repeat(1024)],
    ['*'.repeat(10_000), 'a'.repeat(1024)],
    ['['.repeat(10_000), 'a'],
  ])('%#: takes no long time over many stars', (pattern, name) => {
    const started = performance.now();
    matches(pattern, name);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('matches as a regular expression does', () => {
    const units = fc.constantFrom('a', 'b', 'c', '*', '?', '[', ']', '!', '-', '^', '\\', '/', '\n', '😀');
    const patterns = fc.string({ unit: units, maxLength: 10 });
    const names = fc.string({ unit: units, maxLength: 6 });
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        expect(matches(pattern, name)).toBe(expressionOf(pattern).test(name));
      }),
      { numRuns: 3000 },
    );
  });
});

/** The same pattern in another language; only its speed has no bounds. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\*|\?|\[(?!!\][^\]]*$)(!?)(\]?[^\]]+|\])\]|[^]/gu,
    (part, not?: string, set?: string) => {
      if (part === '*') return '[^]*';
      if (part === '?') return '[^]';
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      return part.replace(/[\\^$.|?*+()[\]{}/]/g, '\\$&');
    },
  );
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return /(?!)/;
  }
}
