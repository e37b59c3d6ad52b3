import { describe, expect, test } from '@jest/globals';
import type { Metadata } from '../../envelope/index.ts';
import { wrappedKeysIn } from '../../operations/wrapped-keys.ts';
import { failureOf } from '../support/bytes.ts';

const ciphertext = Buffer.from('wrapped');
const key = ciphertext.toString('base64');
const context = { 'aws:x-amz-cek-alg': '115', a: 'b' };
const json = JSON.stringify(context);

test.each<[string, Metadata, object[]]>([
  ['nothing', {}, []],
  ['what is of others', { author: 'someone', 'sealdrop-key': 'arn' }, []],
  [
    'an object whose data key is in its instruction file',
    { 'x-amz-c': '115', 'x-amz-d': 'AA==', 'x-amz-i': 'AA==' },
    [],
  ],
  ['V3', { 'x-amz-3': key, 'x-amz-t': json, 'x-amz-w': '12' }, [{ ciphertext, context }]],
  ['V3 in capitals', { 'X-Amz-3': key, 'X-AMZ-T': json }, [{ ciphertext, context }]],
  [
    'V3 that says that a raw key wrapped',
    { 'x-amz-3': key, 'x-amz-m': json, 'x-amz-w': '02' },
    [{ ciphertext, context }],
  ],
  ['V3 without a context', { 'x-amz-3': key }, [{ ciphertext, context: {} }]],
  ['V2', { 'x-amz-key-v2': key, 'x-amz-matdesc': json, 'x-amz-wrap-alg': 'kms' }, [{ ciphertext, context }]],
  ['V1', { 'x-amz-key': key, 'x-amz-matdesc': '{}' }, [{ ciphertext, context: {} }]],
])('%s', (_, metadata, expected) => {
  expect(wrappedKeysIn(metadata)).toEqual(expected);
});

test('of metadata that mixes versions all data keys are told, with all contexts', () => {
  const mixed = {
    'x-amz-3': key,
    'x-amz-t': json,
    'x-amz-m': '{}',
    'x-amz-key-v2': key,
    'x-amz-matdesc': '{"c":"d"}',
  };
  expect(wrappedKeysIn(mixed).map((each) => each.context)).toEqual([context, {}, { c: 'd' }]);
});

describe('is malformed where', () => {
  test.each<[string, Metadata]>([
    ['a data key is no base64', { 'x-amz-3': 'not base64!' }],
    ['a data key is empty', { 'x-amz-3': '' }],
    ['a context is no JSON', { 'x-amz-3': key, 'x-amz-t': '{' }],
    ['a context is no object of strings', { 'x-amz-3': key, 'x-amz-t': '{"a":1}' }],
    ['an entry is there twice', { 'x-amz-3': key, 'X-AMZ-3': key }],
  ])('%s', async (_, metadata) => {
    expect((await failureOf(() => wrappedKeysIn(metadata))).code).toBe('ENVELOPE_MALFORMED');
  });
});
