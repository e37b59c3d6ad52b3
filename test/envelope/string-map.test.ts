import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseStringMap } from '../../envelope/string-map.ts';
import { failureOf } from '../support/bytes.ts';

describe('a JSON object of strings', () => {
  test('is read back, whatever its names and values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (map) => {
        expect(Object.entries(parseStringMap(JSON.stringify(map), 'it'))).toEqual(Object.entries(map));
      }),
    );
  });

  test.each([
    ['{}', {}],
    [' {\n"a" : "" } ', { a: '' }],
    ['{"a":"1","a":"2"}', { a: '2' }],
  ])('may be written as %j', (json, expected) => {
    expect(parseStringMap(json, 'it')).toEqual(expected);
  });

  test('changes no prototype', () => {
    const map = parseStringMap('{"__proto__":"x","constructor":"y"}', 'it');
    expect(Object.entries(map)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  });

  test.each(['', ' ', '{', '{}}', 'null', '[]', '["a"]', '"text"', '42', 'true', 'undefined'])(
    'is not %j',
    async (json) => {
      const failure = await failureOf(() => parseStringMap(json, 'the thing'));
      expect([failure.code, failure.message, failure.cause]).toEqual([
        'ENVELOPE_MALFORMED',
        'the thing is not a JSON object of strings',
        undefined,
      ]);
    },
  );

  test.each(['1', 'null', 'true', '{}', '["b"]'])('has no value %s beside a string', async (value) => {
    const failure = await failureOf(() => parseStringMap(`{"a":"b","c":${value}}`, 'it'));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.message).toBe('it is not a JSON object of strings');
  });
});
