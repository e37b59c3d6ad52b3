import { describe, expect, test } from '@jest/globals';
import { lifetime } from '../../cli/lifetime.ts';
import { thrownBy } from '../support/bytes.ts';

describe('a time', () => {
  test.each([
    ['60s', 60],
    ['1m', 60],
    ['90 s', 90],
    ['8h', 28_800],
    ['7d', 604_800],
    ['168h', 604_800],
  ])('%j is so many seconds', (text, seconds) => {
    expect(lifetime(text)).toBe(seconds);
  });

  test.each([
    ['', /is no time/, /8h/],
    ['8', /is no time/, /8h/],
    ['8 hours', /is no time/, /8h/],
    ['1.5h', /is no time/, /8h/],
    ['-8h', /is no time/, /8h/],
    ['8w', /is no time/, /8h/],
    ['0s', /a minute is the least/, /longer than it takes/],
    ['59s', /a minute is the least/, /longer than it takes/],
    ['8d', /7 days are the most/, /lost their permission/],
    ['604801s', /7 days are the most/, /lost their permission/],
    ['9999999d', /7 days are the most/, /lost their permission/],
  ])('%j is none that a cache is for', async (text, message, hint) => {
    expect(await thrownBy(() => lifetime(text))).toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
