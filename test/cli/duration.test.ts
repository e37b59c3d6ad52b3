import { describe, expect, test } from '@jest/globals';
import { parseDuration } from '../../cli/duration.ts';

describe('a time', () => {
  test.each([
    ['1s', 1],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '15', 'm', '0s', '-1s', '1.5h', '15 m', '15min', '1w', '1e3s', 'toString'])(
    '%j is none',
    (text) => {
      expect(() => parseDuration(text)).toThrow('It must be a time such as 90s, 15m, 2h or 1d.');
    },
  );
});
