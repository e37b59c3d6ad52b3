import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readInventoryKeys } from '../../lambda/inventory-keys.ts';

test.each([
  ['plain.txt', 'plain.txt'],
  ['a+b.txt', 'a b.txt'],
  ['a%20b.txt', 'a b.txt'],
  ['a%2Bb.txt', 'a+b.txt'],
  ['100%25.txt', '100%.txt'],
  ['%2541', '%41'],
  ['folder/Gr%C3%BC%C3%9Fe', 'folder/Grüße'],
])('%p of an inventory is %p', (encoded, key) => {
  expect(readInventoryKeys([encoded])).toEqual({ keys: [key], failures: [] });
});

test('any key comes back, whichever way its spaces are encoded', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (keys) => {
      const encoded = keys.map(encodeURIComponent);
      expect(readInventoryKeys(encoded).keys).toEqual(keys);
      expect(readInventoryKeys(encoded.map((key) => key.replaceAll('%20', '+'))).keys).toEqual(keys);
    }),
  );
});

test.each(['%', '%zz', '%C3', 'ok%'])('%p does not decode, and is told of as it stands', (key) => {
  expect(readInventoryKeys(['a', key])).toEqual({
    keys: ['a'],
    failures: [{ key, code: 'UNEXPECTED', message: 'the key in the inventory does not decode' }],
  });
});
