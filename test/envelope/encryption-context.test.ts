import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  assertContextMatches,
  bindContext,
  bindings,
  encodeContext,
  parseContext,
  withAlgorithmPair,
} from '../../envelope/encryption-context.ts';
import { failureOf } from '../support/bytes.ts';

const identity = { vaultId: 'archive', objectKey: 'reports/März 2026.pdf' };
const keyHash = createHash('sha256').update('reports/März 2026.pdf', 'utf8').digest('hex');

describe('a binding', () => {
  test.each([
    ['object' as const, { 'sealdrop-vault': 'archive', 'sealdrop-key-sha256': keyHash }],
    ['vault' as const, { 'sealdrop-vault': 'archive' }],
    ['none' as const, {}],
  ])('to %s adds these pairs and no others', (binding, expected) => {
    expect(bindContext(binding, identity)).toEqual(expected);
    expect(bindContext(binding, identity, { team: 'blue' })).toEqual({ ...expected, team: 'blue' });
  });

  test('to the object is the default, the first of the list', () => {
    expect(bindings).toEqual(['object', 'vault', 'none']);
  });

  test('tells keys apart that differ only in their normal form', () => {
    const composed = bindContext('object', { vaultId: 'v', objectKey: 'caf\u00e9' });
    const decomposed = bindContext('object', { vaultId: 'v', objectKey: 'cafe\u0301' });
    expect(composed).not.toEqual(decomposed);
  });

  test('never holds the object key itself', () => {
    expect(JSON.stringify(bindContext('object', identity))).not.toContain('reports');
  });
});

describe('pairs of the caller', () => {
  test.each(['aws:x-amz-cek-alg', 'kms_cmk_id', 'sealdrop-vault', 'sealdrop-key-sha256', 'sealdrop-later'])(
    'may not have the reserved name "%s"',
    async (name) => {
      const failure = await failureOf(() => bindContext('none', identity, { [name]: 'x' }));
      expect(failure.code).toBe('CONTEXT_INVALID');
      expect(failure.fields).toEqual({ name });
    },
  );

  test.each([
    ['a name with an umlaut', { größe: 'x' }],
    ['a value with an umlaut', { size: 'groß' }],
    ['a value with an emoji', { size: '📦' }],
    ['a value with a newline', { size: 'a\nb' }],
    ['a value with a NUL', { size: 'a\u0000b' }],
    ['a value with a DEL', { size: '\u007f' }],
    ['an empty name', { '': 'x' }],
  ])('may not have %s', async (_, extra) => {
    const failure = await failureOf(() => bindContext('vault', identity, extra));
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(JSON.stringify(failure.fields)).not.toMatch(/[^\x20-\x7e]/);
  });

  test('may be empty values and punctuation', () => {
    const extra = { 'a b': '', '"quoted"': '\\ ~' };
    expect(bindContext('none', identity, extra)).toEqual(extra);
  });

  test('are not allowed in a vault id outside ASCII either', async () => {
    const failure = await failureOf(() => bindContext('vault', { vaultId: 'tresór', objectKey: 'k' }));
    expect(failure.code).toBe('CONTEXT_INVALID');
  });
});

describe('the algorithm pair', () => {
  test('is added, and wins over whatever stood there', () => {
    expect(withAlgorithmPair({ a: 'b' })).toEqual({ a: 'b', 'aws:x-amz-cek-alg': '115' });
    expect(withAlgorithmPair({ 'aws:x-amz-cek-alg': 'AES/CBC' })).toEqual({ 'aws:x-amz-cek-alg': '115' });
  });
});

describe('a stored context', () => {
  const expected = { 'sealdrop-vault': 'archive', team: 'blue' };

  test.each([
    ['the very same', { ...expected }],
    ['the same with the algorithm pair', withAlgorithmPair(expected)],
    ['the same in another order', { team: 'blue', 'sealdrop-vault': 'archive' }],
    ['the same with the key id of an old client', { ...expected, kms_cmk_id: 'arn:aws:kms:…' }],
  ])('that is %s is accepted', (_, stored) => {
    expect(() => {
      assertContextMatches(stored, expected);
    }).not.toThrow();
  });

  test.each([
    ['lacks a pair', { team: 'blue' }, { missing: ['sealdrop-vault'] }],
    ['has one more', { ...expected, secret: 'value-1' }, { unexpected: ['secret'] }],
    ['has another value', { ...expected, team: 'red-secret' }, { different: ['team'] }],
    ['is empty', {}, { missing: ['sealdrop-vault', 'team'] }],
    ['differs in case', { ...expected, team: 'Blue' }, { different: ['team'] }],
    [
      'hides a name in the prototype',
      JSON.parse('{"__proto__":"x"}') as object,
      { unexpected: ['__proto__'] },
    ],
  ])('that %s is refused with the names that differ', async (_, stored, fields) => {
    const failure = await failureOf(() => {
      assertContextMatches(stored as Record<string, string>, expected);
    });
    expect(failure.code).toBe('CONTEXT_MISMATCH');
    expect(failure.fields).toMatchObject(fields);
  });

  test('that is refused shows no value in the error', async () => {
    const failure = await failureOf(() => {
      assertContextMatches({ team: 'value-stored' }, { team: 'value-expected' });
    });
    expect(JSON.stringify([failure.message, failure.hint, failure.fields])).not.toContain('value-');
  });

  test('with more pairs than an empty expectation is refused', async () => {
    const failure = await failureOf(() => {
      assertContextMatches({ 'sealdrop-vault': 'archive' }, {});
    });
    expect(failure.code).toBe('CONTEXT_MISMATCH');
  });
});

describe('the JSON of a context', () => {
  test('is the same for equal contexts', () => {
    expect(encodeContext({ b: '2', a: '1' })).toBe('{"a":"1","b":"2"}');
    expect(encodeContext({ a: '1', b: '2' })).toBe(encodeContext({ b: '2', a: '1' }));
  });

  test('parses back for any context', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (context) => {
        expect(Object.entries(parseContext(encodeContext(context))).sort()).toEqual(
          Object.entries(context).sort(),
        );
      }),
    );
  });

  test.each([
    ['spaced as Python writes it', '{"aws:x-amz-cek-alg": "115", "team": "blue"}'],
    ['in another order', '{"team":"blue","aws:x-amz-cek-alg":"115"}'],
    ['with escapes', '{"aws:x-amz-cek-alg":"\\u0031\\u0031\\u0035","te\\u0061m":"blue"}'],
  ])('is read %s', (_, json) => {
    expect(parseContext(json)).toEqual({ 'aws:x-amz-cek-alg': '115', team: 'blue' });
  });

  test.each([
    '',
    ' ',
    '{',
    'null',
    '[]',
    '["a"]',
    '"text"',
    '42',
    'true',
    '{"a":1}',
    '{"a":null}',
    '{"a":["b"]}',
  ])('is refused where it is %s', async (json) => {
    const failure = await failureOf(() => parseContext(json));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.cause).toBeUndefined();
  });
});
