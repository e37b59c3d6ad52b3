import { describe, expect, test } from '@jest/globals';
import { plural, showBytes, showCount, showDollars, showSeconds } from '../../cli/sizes.ts';

describe('a length', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1023.4, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [2 ** 20, '1.0 MiB'],
    [5 * 2 ** 30, '5.0 GiB'],
    [2 ** 40, '1.0 TiB'],
    [2 ** 50, '1024.0 TiB'],
    [1000 * 2 ** 40, '1000.0 TiB'],
  ])('of %d bytes is %s', (bytes, text) => {
    expect(showBytes(bytes)).toBe(text);
  });

  test.each([
    [1023.7, '1.0 KiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [2 ** 30 - 1, '1.0 GiB'],
  ])('of %d bytes is %s', (bytes, text) => {
    expect(showBytes(bytes)).toBe(text);
  });
});

test.each([
  [0, '0 objects'],
  [1, '1 object'],
  [2, '2 objects'],
  [1000, '1,000 objects'],
  [1_234_567, '1,234,567 objects'],
])('%d are %s', (count, text) => {
  expect(showCount(count, 'object')).toBe(text);
});

test.each([
  ['copy', '2 copies'],
  ['day', '2 days'],
  ['look', '2 looks'],
])('two of the thing %j are %s', (thing, text) => {
  expect(showCount(2, thing)).toBe(text);
});

test.each([
  [0, 'about $0.00'],
  [0.000_01, 'less than $0.01'],
  [0.01, 'about $0.01'],
  [12.345, 'about $12.35'],
  [1234.5, 'about $1,234.50'],
])('%d dollars are %s', (dollars, text) => {
  expect(showDollars(dollars)).toBe(text);
});

test('a word may have a plural of its own', () => {
  expect([1, 2].map((count) => plural(count, 'stays', 'stay'))).toEqual(['stays', 'stay']);
});

test.each([
  [0, 'objects'],
  [1, 'object'],
  [2, 'objects'],
])('of %d there are %s', (count, text) => {
  expect(plural(count, 'object')).toBe(text);
});

test.each([
  [0, '0 s'],
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.5, '1 min 0 s'],
  [60, '1 min 0 s'],
  [125, '2 min 5 s'],
  [3599.4, '59 min 59 s'],
  [3599.5, '1 h 0 min'],
  [3600, '1 h 0 min'],
  [90_061, '25 h 1 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(showSeconds(seconds)).toBe(text);
});
