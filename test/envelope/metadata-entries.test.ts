import { describe, expect, test } from '@jest/globals';
import { base64, malformedEntry, MetadataEntries } from '../../envelope/metadata-entries.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';

const entries = new MetadataEntries({ 'x-amz-i': 'AAAB', 'X-Amz-T': '{}', 'x-amz-d': '' });

describe('the entries of an envelope', () => {
  test('are found in any case', () => {
    expect(entries.optional('x-amz-i')).toBe('AAAB');
    expect(entries.optional('x-amz-t')).toBe('{}');
    expect(entries.required('x-amz-t')).toBe('{}');
  });

  test('may be there with nothing in them', () => {
    expect(entries.optional('x-amz-d')).toBe('');
    expect(entries.required('x-amz-d')).toBe('');
  });

  test('are nothing where they are not there, and an error where they must be', async () => {
    expect(entries.optional('x-amz-c')).toBeUndefined();
    expect(await failureOf(() => entries.required('x-amz-c'))).toEqual(malformedEntry('x-amz-c'));
  });

  test.each(['toString', 'constructor', '__proto__'])('are not taken from a prototype: %s', (name) => {
    expect(entries.optional(name)).toBeUndefined();
  });

  test.each(['x-amz-i', 'x-amz-t', 'x-amz-d'])('are an error where they must be absent: %s', async (name) => {
    const failure = await failureOf(() => {
      entries.assertAbsent(name);
    });
    expect(failure).toEqual(malformedEntry(name));
  });

  test('are no error where they are absent', () => {
    expect(() => {
      entries.assertAbsent('x-amz-c');
    }).not.toThrow();
  });

  test('are refused where one is there twice, in two cases', async () => {
    const failure = await failureOf(() => new MetadataEntries({ 'x-amz-i': 'a', 'X-AMZ-I': 'a' }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
  });
});

describe('an entry of bytes', () => {
  test.each([1, 2, 3, 15, 16, 17, 28, 300])('is read with %i bytes', (lengthBytes) => {
    const value = patternBytes(lengthBytes);
    const read = new MetadataEntries({ a: value.toString('base64') });
    expect(read.bytes('a').toString('hex')).toBe(value.toString('hex'));
    expect(read.bytes('a', lengthBytes).toString('hex')).toBe(value.toString('hex'));
  });

  test.each([
    [12, 11],
    [12, 13],
    [28, 27],
    [28, 29],
    [16, 0],
  ])('of %i bytes is refused where it must have %i', async (lengthBytes, expected) => {
    const read = new MetadataEntries({ a: patternBytes(lengthBytes).toString('base64') });
    expect(await failureOf(() => read.bytes('a', expected))).toEqual(malformedEntry('a'));
  });

  test.each([
    '',
    '=',
    '====',
    'A',
    'AA',
    'AAA',
    'AA=',
    'AA==\n',
    ' AA==',
    'AB==',
    'A A=',
    'AA-_',
    'é',
    '%%%%',
  ])('is refused where it is %j', async (text) => {
    const read = new MetadataEntries({ a: text });
    const failure = await failureOf(() => read.bytes('a'));
    expect(failure).toEqual(malformedEntry('a'));
    expect(failure.fields).toEqual({ name: 'a' });
  });

  test('is an error where it is not there', async () => {
    expect(await failureOf(() => entries.bytes('x-amz-c'))).toEqual(malformedEntry('x-amz-c'));
  });
});

describe('bytes as the format writes them', () => {
  test('are base64 with padding', () => {
    expect(base64(Uint8Array.of(0xfb, 0xff, 0xfe, 0))).toBe('+//+AA==');
    expect(base64(new Uint8Array())).toBe('');
  });

  test('are those of a view alone, not of all that is under it', () => {
    const whole = Uint8Array.of(1, 2, 3, 4, 5);
    expect(base64(whole.subarray(1, 3))).toBe('AgM=');
  });
});

test('an entry that does not fit is named, and its value is not', () => {
  const failure = malformedEntry('x-amz-i');
  expect(failure.code).toBe('ENVELOPE_MALFORMED');
  expect(failure.message).toBe('the metadata entry "x-amz-i" does not fit the format');
  expect(failure.fields).toEqual({ name: 'x-amz-i' });
});
