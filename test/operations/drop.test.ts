import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareSequencers } from '../../operations/drop.ts';

describe('two sequencers', () => {
  test.each([
    ['0055AED6DCD90281E5', '0055AED6DCD90281E6', -1],
    ['0055AED6DCD90281E5', '0055AED6DCD90281E5', 0],
    ['0055AED6DCD90281E5', '0055aed6dcd90281e5', 0],
    ['9', '10', -1],
    ['FF', '100', -1],
    ['00FF', 'FF', 0],
    ['A', '9', 1],
    ['a', 'B', -1],
    ['0', '', 0],
  ])('"%s" and "%s" compare as %i', (a, b, expected) => {
    expect(compareSequencers(a, b)).toBe(expected);
    expect(compareSequencers(b, a)).toBe(expected === 0 ? 0 : -expected);
  });

  test('are ordered as the numbers that they are, whatever their lengths', () => {
    const number = fc.bigInt(0n, 2n ** 100n);
    fc.assert(
      fc.property(number, number, fc.nat(5), (a, b, zeros) => {
        const order = compareSequencers('0'.repeat(zeros) + a.toString(16), b.toString(16).toUpperCase());
        expect(order).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
