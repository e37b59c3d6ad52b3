import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { digestOfParts, partsOfEncrypted, sortedPairs } from '../../operations/data-key-id.ts';
import { encryptedKey } from '../support/data-key-files.ts';

const digest = (...parts: (string | Uint8Array)[]): string => digestOfParts(createHash('sha256'), parts);

describe('a digest differs', () => {
  test.each<[string, (string | Uint8Array)[], (string | Uint8Array)[]]>([
    ['where a border moves', ['ab', 'c'], ['a', 'bc']],
    ['where a part is empty', ['a', ''], ['a']],
    ['where parts change places', ['a', 'b'], ['b', 'a']],
    ['where UTF-8 is the same', ['\ud800'], ['\udfff']],
    ['where bytes do', [Buffer.of(1)], [Buffer.of(2)]],
  ])('%s', (_, one, other) => {
    expect(digest(...one)).not.toBe(digest(...other));
  });
});

test('contexts have one order', () => {
  expect(sortedPairs({ b: '2', a: '1', 10: 'x' })).toEqual(['10', 'x', 'a', '1', 'b', '2']);
});

test('an encrypted data key is told by its wrapping, suite, bytes and context', () => {
  const { ciphertext, suite } = encryptedKey('a');
  expect(partsOfEncrypted(encryptedKey('a'))).toEqual([
    ...['kms+context', suite.name, ciphertext],
    ...['sealdrop-vault', 'archive'],
  ]);
});
