import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlace, showPlace, type Place } from '../../cli/place.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { thrownBy } from '../support/bytes.ts';

const file = (path: string, isTree = false): Place => ({ kind: 'file', path, isTree });
const s3 = (bucket: string, key: string, isTree = false): Place => ({ kind: 's3', bucket, key, isTree });

describe('a place', () => {
  test.each<[string, Place]>([
    ['-', { kind: 'stream' }],
    ['--', file('--')],
    ['./-', file('./-')],
    ['a', file('a')],
    ['a/', file('a/', true)],
    ['/', file('/', true)],
    ['.', file('.')],
    ['./', file('./', true)],
    ['a b/ü\n', file('a b/ü\n')],
    ['s3:/bucket/key', file('s3:/bucket/key')],
    ['s3', file('s3')],
    ['1a://x', file('1a://x')],
    ['C:\\a', file('C:\\a')],
    ['s3://b', s3('b', '', true)],
    ['s3://b/', s3('b', '', true)],
    ['s3://b/a', s3('b', 'a')],
    ['s3://b/a/', s3('b', 'a/', true)],
    ['s3://b//', s3('b', '/', true)],
    ['s3://b//a', s3('b', '/a')],
    ['s3://b/a%20b+c?d#e', s3('b', 'a%20b+c?d#e')],
    ['s3://b/a\nb', s3('b', 'a\nb')],
    ['s3://b/../a', s3('b', '../a')],
    ['s3://b/s3://c/d', s3('b', 's3://c/d')],
  ])('%j is read', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  test.each([
    ['', 'a place is empty'],
    ['s3://', '"s3://" names no bucket'],
    ['s3:///key', '"s3:///key" names no bucket'],
    ['S3://bucket/key', '"S3://bucket/key" is not a place'],
    ['https://bucket.s3.amazonaws.com/key', '"https://bucket.s3.amazonaws.com/key" is not a place'],
    ['arn+x.y-z1://a', '"arn+x.y-z1://a" is not a place'],
    ['file:///a', '"file:///a" is not a place'],
  ])('%j is none', async (text, message) => {
    const error = await thrownBy(() => parsePlace(text));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message, hint: expect.stringContaining('s3://bucket/key') as unknown });
  });

  test('without a key is shown with its slash', () => {
    expect(showPlace(parsePlace('s3://b'))).toBe('s3://b/');
  });

  test('is shown as it was typed', () => {
    const bucket = fc.stringMatching(/^[a-z0-9.-]{1,63}$/);
    const typed = fc.oneof(
      fc.constant('-'),
      fc.tuple(bucket, fc.string({ unit: 'binary' })).map(([name, key]) => `s3://${name}/${key}`),
      fc.string({ unit: 'binary', minLength: 1 }).filter((path) => !path.includes('://')),
    );
    fc.assert(
      fc.property(typed, (text) => {
        const place = parsePlace(text);
        expect(showPlace(place)).toBe(text);
        if (place.kind !== 'stream') expect(place.isTree).toBe(text.endsWith('/'));
      }),
    );
  });
});
