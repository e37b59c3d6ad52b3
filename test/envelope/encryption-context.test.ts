import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  assertContextMatches,
  bindContext,
  bindings,
  callersContext,
  completeContext,
  encodeContext,
  parseContext,
  type Binding,
} from '../../envelope/encryption-context.ts';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';
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

  test.each(['objects', 'OBJECT', '', undefined, null])(
    'may not be %j, which would bind to nothing',
    async (binding) => {
      const failure = await failureOf(() => bindContext(binding as Binding, identity));
      expect([failure.code, failure.message]).toEqual([
        'CONFIGURATION_INVALID',
        `"${String(binding)}" is not a binding`,
      ]);
    },
  );

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

  test.each(['aws:x-amz-cek-alg', 'kms_cmk_id'])(
    'may not have the name "%s" where they go to the keyring either',
    async (name) => {
      const failure = await failureOf(() => completeContext({ a: 'b', [name]: 'x' }, committingSuite));
      expect(failure.code).toBe('CONTEXT_INVALID');
      expect(failure.message).toBe(`the context name "${name}" is reserved`);
      expect(failure.fields).toEqual({ name });
    },
  );

  test.each(['sealdrop', 'Sealdrop-vault', 'aws:x-amz', 'KMS_CMK_ID', ' sealdrop-vault'])(
    'may have the name "%s"',
    (name) => {
      expect(bindContext('none', identity, { [name]: 'x' })).toEqual({ [name]: 'x' });
    },
  );

  test.each([
    ['a name with an umlaut', { größe: 'x' }, 'gr??e'],
    ['a value with an umlaut', { size: 'groß' }, 'size'],
    ['a value with an emoji', { size: '📦' }, 'size'],
    ['a value with a newline', { size: 'a\nb' }, 'size'],
    ['a value with a newline at its end', { size: 'a\n' }, 'size'],
    ['a value with a NUL', { size: 'a\u0000b' }, 'size'],
    ['a value with a unit separator', { size: '\u001f' }, 'size'],
    ['a value with a DEL', { size: '\u007f' }, 'size'],
    ['an empty name', { '': 'x' }, ''],
    ['a name with an umlaut after good pairs', { a: 'b', 'ü\n': 'x' }, '??'],
  ])('may not have %s', async (_, extra, name) => {
    const bound = bindContext('vault', identity, extra);
    const failure = await failureOf(() => completeContext(bound, committingSuite));
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(failure.fields).toEqual({ name });
    expect(failure.message).toBe('the context holds a character that other clients cannot read');
  });

  test('may be empty values and punctuation', () => {
    const extra = { 'a b': '', '"quoted"': '\\ ~', '~': ' ' };
    expect(bindContext('none', identity, extra)).toEqual(extra);
    expect(completeContext(extra, committingSuite)).toMatchObject(extra);
  });

  test('are expected as they are, outside ASCII too: other clients may have written them', () => {
    expect(bindContext('none', identity, { größe: 'groß' })).toEqual({ größe: 'groß' });
  });

  test('are not allowed in a vault id outside ASCII either', async () => {
    const bound = bindContext('vault', { vaultId: 'tresór', objectKey: 'k' });
    const failure = await failureOf(() => completeContext(bound, committingSuite));
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(failure.fields).toEqual({ name: 'sealdrop-vault' });
  });
});

describe('the algorithm pair', () => {
  test.each([
    [committingSuite, '115'],
    [gcmSuite, 'AES/GCM/NoPadding'],
    [cbcSuite, 'AES/CBC/PKCS5Padding'],
  ])('is added as the metadata has it: $name', (suite, value) => {
    expect(completeContext({ a: 'b' }, suite)).toEqual({ a: 'b', 'aws:x-amz-cek-alg': value });
  });

  test('is taken away, with the other name of the format, where the caller is compared with', () => {
    const stored = { a: 'b', 'aws:x-amz-cek-alg': '115', kms_cmk_id: 'c', 'sealdrop-vault': 'd' };
    expect(callersContext(stored)).toEqual({ a: 'b', 'sealdrop-vault': 'd' });
  });
});

describe('a stored context', () => {
  const expected = { 'sealdrop-vault': 'archive', team: 'blue' };

  test.each([
    ['the very same', { ...expected }],
    ['the same with the algorithm pair', completeContext(expected, committingSuite)],
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
      'has another pair in its place',
      { 'sealdrop-vault': 'archive', group: 'blue' },
      { missing: ['team'], unexpected: ['group'], different: [] },
    ],
    [
      'lacks a pair, and has another value',
      { team: 'red' },
      { missing: ['sealdrop-vault'], unexpected: [], different: ['team'] },
    ],
    [
      'has one more, and another value',
      { ...expected, team: 'red', more: 'x' },
      { missing: [], unexpected: ['more'], different: ['team'] },
    ],
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
    expect(failure.message).toBe('the object is not bound to the expected encryption context');
    expect(failure.fields).toMatchObject(fields);
  });

  test('that is refused shows no value in the error', async () => {
    const failure = await failureOf(() => {
      assertContextMatches({ team: 'value-stored' }, { team: 'value-expected' });
    });
    expect(JSON.stringify([failure.message, failure.hint, failure.fields])).not.toContain('value-');
  });

  test.each([
    [{ ...expected, more: 'x' }, {}],
    [
      { team: 'blue', more: 'x' },
      { missing: ['sealdrop-vault'], unexpected: [], different: [] },
    ],
    [
      { ...expected, team: 'red', more: 'x' },
      { missing: [], unexpected: [], different: ['team'] },
    ],
  ])('may hold more pairs where only a subset is expected: %j', async (stored, fields) => {
    const compare = () => {
      assertContextMatches(stored, expected, 'subset');
    };
    if (Object.keys(fields).length === 0) expect(compare).not.toThrow();
    else {
      const expectedNames = ['sealdrop-vault', 'team'];
      expect((await failureOf(compare)).fields).toEqual({ expectedNames, ...fields });
    }
  });

  test('tells all differences at once, sorted', async () => {
    const failure = await failureOf(() => {
      assertContextMatches({ z: '1', y: '1', b: '1', a: '1' }, { d: '1', c: '1', b: '2', a: '2' });
    });
    expect(failure.fields).toEqual({
      expectedNames: ['a', 'b', 'c', 'd'],
      missing: ['c', 'd'],
      unexpected: ['y', 'z'],
      different: ['a', 'b'],
    });
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
    ['as S3 gave it back in a word of RFC 2047', '=?UTF-8?Q?{"gr=C3=B6=C3=9Fe":"gro=C3=9F"}?='],
    ['as S3 gave it back encoded twice', Buffer.from('{"größe":"groß"}').toString('latin1')],
  ])('is read outside ASCII, %s', (_, stored) => {
    expect(parseContext(stored)).toEqual({ größe: 'groß' });
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
    expect(failure.message).toBe('the stored encryption context is not a JSON object of strings');
    expect(failure.cause).toBeUndefined();
  });
});
