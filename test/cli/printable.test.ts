import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable, printableJson } from '../../cli/printable.ts';

/** What a terminal acts on, or shows in another order. */
const harmful = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

describe('what others wrote', () => {
  test.each([
    ['a b/Äöü 漢字 😀', 'a b/Äöü 漢字 😀'],
    ['a\nb', 'a\\u000ab'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u009b31m', '\\u009b31m'],
    ['a\u007f', 'a\\u007f'],
    ['a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['\u2028', '\\u2028'],
    ['', ''],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('has nothing harmful, and all else as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(harmful);
        if (!harmful.test(text)) expect(shown).toBe(text);
      }),
    );
  });

  test('is the same again in JSON, which has nothing harmful', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = printableJson({ value, text });
        expect(json).not.toMatch(harmful);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });
});
