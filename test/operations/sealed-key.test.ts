import { describe, expect, test } from '@jest/globals';
import { assertNoInstructionFileKey, instructionFileKey, sealedKeyOf } from '../../operations/sealed-key.ts';
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

describe('a key that could be taken for an instruction file', () => {
  test.each(['.instruction', 'a.instruction', 'a/b.instruction'])('is refused: "%s"', async (key) => {
    const failure = await failureOf(() => {
      assertNoInstructionFileKey(key);
    });
    expect(failure.code).toBe('RESERVED_NAME');
    expect(failure.message).toBe('the key of a sealed object must not end in ".instruction"');
  });

  test.each(['', 'a', 'a.instruction/', 'a.Instruction', 'instruction'])('is not "%s"', (key) => {
    expect(() => {
      assertNoInstructionFileKey(key);
    }).not.toThrow();
  });
});

describe('the key of an instruction file', () => {
  test('is the key of the object with a suffix, which a reader may choose', () => {
    expect(instructionFileKey('a/b.txt')).toBe('a/b.txt.instruction');
    expect(instructionFileKey('a/b.txt', '.keys')).toBe('a/b.txt.keys');
  });

  test.each([
    ['a', 1012, '.instruction'],
    ['ü', 506, '.instruction'],
    ['a', 1023, '.'],
  ])('has room after "%s" × %i for "%s", and for no byte more', async (letter, count, suffix) => {
    expect(Buffer.byteLength(instructionFileKey(letter.repeat(count), suffix))).toBe(1024);
    const failure = await failureOf(() => instructionFileKey(`${letter.repeat(count)}b`, suffix));
    expect(failure.code).toBe('OBJECT_KEY_TOO_LONG');
    expect(failure.message).toBe('the key has no room for the suffix of an instruction file');
    expect(failure.fields).toEqual({ keyBytes: 1025, maxKeyBytes: 1024 });
  });
});
