import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readInventoryKeys, type InventoryItem } from '../../lambda/inventory-keys.ts';

const itemsOf = (keys: readonly string[]): InventoryItem[] => keys.map((key) => ({ bucket: 'sealed', key }));

test.each([
  ['plain.txt', 'plain.txt'],
  ['a+b.txt', 'a b.txt'],
  ['a%20b.txt', 'a b.txt'],
  ['a%2Bb.txt', 'a+b.txt'],
  ['100%25.txt', '100%.txt'],
  ['%2541', '%41'],
  ['folder/Gr%C3%BC%C3%9Fe', 'folder/Grüße'],
])('%p of an inventory is %p', (encoded, key) => {
  expect(readInventoryKeys(itemsOf([encoded]), 'sealed')).toEqual({ keys: [key], failures: [] });
});

test('any key comes back, whichever way its spaces are encoded', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (keys) => {
      const encoded = keys.map(encodeURIComponent);
      expect(readInventoryKeys(itemsOf(encoded), 'sealed').keys).toEqual(keys);
      expect(
        readInventoryKeys(itemsOf(encoded.map((key) => key.replaceAll('%20', '+'))), 'sealed').keys,
      ).toEqual(keys);
    }),
  );
});

test.each(['%', '%zz', '%C3', 'ok%'])('%p does not decode, and is told of as it stands', (key) => {
  expect(readInventoryKeys(itemsOf(['a', key]), 'sealed')).toEqual({
    keys: ['a'],
    failures: [{ key, code: 'UNEXPECTED', message: 'the key in the inventory does not decode' }],
  });
});

test('what is in another bucket fails, and is told of as it stands', () => {
  expect(readInventoryKeys([{ bucket: 'other', key: 'a+b' }, ...itemsOf(['c'])], 'sealed')).toEqual({
    keys: ['c'],
    failures: [
      {
        key: 'a+b',
        code: 'UNEXPECTED',
        message: 'the inventory is of the bucket other, which is not the sealed bucket',
      },
    ],
  });
});
