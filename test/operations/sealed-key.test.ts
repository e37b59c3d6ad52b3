import { describe, expect, test } from '@jest/globals';
import { sealedKeyOf } from '../../operations/sealed-key.ts';
import { failureOf } from '../support/bytes.ts';

describe('the key of a sealed object', () => {
  test.each([
    ['a.txt', '', 'a.txt'],
    ['a.txt', 'in/', 'in/a.txt'],
    ['a b+c%20/ü/📦', 'in/', 'in/a b+c%20/ü/📦'],
    ['../../etc', 'in/', 'in/../../etc'],
    ['/leading', 'in/', 'in//leading'],
    ['a.instruction/b', '', 'a.instruction/b'],
    ['a.instructions', '', 'a.instructions'],
  ])('for "%s" under "%s" is "%s"', (sourceKey, prefix, expected) => {
    expect(sealedKeyOf(sourceKey, prefix)).toBe(expected);
  });

  test.each(['a.instruction', '.instruction', 'folder/.instruction'])('refuses "%s"', async (key) => {
    expect((await failureOf(() => sealedKeyOf(key, 'in/'))).code).toBe('RESERVED_NAME');
  });

  test.each([
    ['a', 1024, 0],
    ['a', 1021, 3],
    ['ü', 512, 0],
  ])('allows 1024 bytes of "%s"', (letter, count, prefixBytes) => {
    const prefix = 'p'.repeat(prefixBytes);
    expect(Buffer.byteLength(sealedKeyOf(letter.repeat(count), prefix))).toBe(1024);
  });

  test.each([
    ['a', 1025, 0],
    ['a', 1022, 3],
    ['ü', 513, 0],
  ])('refuses %s × %i after %i bytes of prefix', async (letter, count, prefixBytes) => {
    const failure = await failureOf(() => sealedKeyOf(letter.repeat(count), 'p'.repeat(prefixBytes)));
    expect(failure.code).toBe('OBJECT_KEY_TOO_LONG');
    expect(failure.fields['maxKeyBytes']).toBe(1024);
  });
});
