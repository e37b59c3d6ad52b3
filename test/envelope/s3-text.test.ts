import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeS3Text } from '../../envelope/s3-text.ts';

const json = '{"größe":"straße 📦","team_name":"blue = green?"}';

/** What S3 stores of a text: each byte of its UTF-8 taken for a character of Latin-1. */
const asLatin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

const wordB = (text: string, charset = 'UTF-8') =>
  `=?${charset}?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
const wordQ = (text: string, charset = 'UTF-8') => {
  const octets = [...Buffer.from(text, 'utf8')].map((byte) =>
    /[A-Za-z0-9]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).padStart(2, '0').toUpperCase()}`,
  );
  return `=?${charset}?Q?${octets.join('')}?=`;
};
/** The text in words of so many characters each. */
const inWords = (text: string, length: number, word: (piece: string) => string, between = ' ') => {
  const characters = Array.from(text);
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += length) {
    pieces.push(word(characters.slice(at, at + length).join('')));
  }
  return pieces.join(between);
};

describe('a metadata value that S3 encoded', () => {
  test.each([
    ['as it is', (text: string) => text],
    ['twice: UTF-8 taken for Latin-1', asLatin1],
    ['in a word of base64', (text: string) => wordB(text)],
    ['in a word of quoted characters', (text: string) => wordQ(text)],
    ['twice, in a word of base64', (text: string) => wordB(asLatin1(text))],
    ['twice, in a word of quoted characters', (text: string) => wordQ(asLatin1(text))],
    ['twice, in words of 7 characters', (text: string) => inWords(asLatin1(text), 7, wordQ)],
    ['twice, in words of one character', (text: string) => inWords(asLatin1(text), 1, wordB)],
    ['once, in words of one character', (text: string) => inWords(text, 1, wordB)],
    ['in words with a fold between', (text: string) => inWords(asLatin1(text), 5, wordB, '\r\n ')],
    ['in words with a tab between', (text: string) => inWords(asLatin1(text), 5, wordQ, '\t')],
    ['in words with nothing between', (text: string) => inWords(asLatin1(text), 5, wordQ, '')],
    ['in a word in lower case', (text: string) => wordB(text, 'utf-8').replace('?B?', '?b?')],
    ['in a quoted word in lower case', (text: string) => wordQ(text, 'utf-8').toLowerCase()],
  ])('is read %s', (_, encode) => {
    expect(decodeS3Text(encode(json))).toBe(json);
  });

  test('is read in Latin-1 words too', () => {
    expect(decodeS3Text('=?ISO-8859-1?Q?{=22a=22:=22gr=FC=DFe=22}?=')).toBe('{"a":"grüße"}');
    expect(decodeS3Text(`=?iso-8859-1?B?${Buffer.from('grüße', 'latin1').toString('base64')}?=`)).toBe(
      'grüße',
    );
  });

  test('has spaces for underscores in a quoted word, and not in base64', () => {
    expect(decodeS3Text('=?UTF-8?Q?a_b=5Fc=20d?=')).toBe('a b_c d');
    expect(decodeS3Text(wordB('a_b c'))).toBe('a_b c');
  });

  test('keeps an equals sign that quotes nothing', () => {
    expect(decodeS3Text('=?UTF-8?Q?a=b=4=zz=?=')).toBe('a=b=4=zz=');
  });

  test('keeps the space between a word and what is no word', () => {
    expect(decodeS3Text('=?UTF-8?Q?a?= b =?UTF-8?Q?c?= =?UTF-8?Q?d?=')).toBe('a b cd');
  });

  test.each([
    ['an unknown character set', '=?X-UNKNOWN?Q?a?='],
    ['bytes that are not of its character set', '=?UTF-8?Q?=FF=FE?='],
    ['an unknown encoding', '=?UTF-8?X?a?='],
    ['no end', '=?UTF-8?Q?abc'],
    ['a space within', '=?UTF-8?Q?a b?='],
    ['an empty character set', '=??Q?a?='],
  ])('is left as it is where a word has %s', (_, value) => {
    expect(decodeS3Text(value)).toBe(value);
  });

  test.each([
    ['quoted', '=?UTF-8?Q?gr=C3?= =?UTF-8?Q?=B6=C3=9Fe?='],
    ['in base64', '=?UTF-8?B?Z3LD?==?UTF-8?B?tsOfZQ==?='],
    ['quoted, then in base64', '=?UTF-8?Q?gr=C3?=\t=?utf-8?b?tsOfZQ==?='],
  ])('may have a character that begins in one word and ends in the next: %s', (_, value) => {
    expect(decodeS3Text(value)).toBe('größe');
  });

  test('is left as it is where its words are of several character sets', () => {
    const value = '=?UTF-8?Q?a?==?ISO-8859-1?Q?b?=';
    expect(decodeS3Text(value)).toBe(value);
  });

  test('may have spaces before it', () => {
    expect(decodeS3Text(' \t=?UTF-8?Q?a?=')).toBe(' \ta');
  });

  test('may have an empty word', () => {
    expect(decodeS3Text('=?UTF-8?Q??=')).toBe('');
  });

  test('is read for any JSON, whatever the way', () => {
    const texts = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (pairs, length) => {
        const text = JSON.stringify(pairs);
        expect(decodeS3Text(asLatin1(text))).toBe(text);
        expect(decodeS3Text(inWords(asLatin1(text), length, wordQ))).toBe(text);
        expect(decodeS3Text(inWords(asLatin1(text), length, wordB))).toBe(text);
      }),
    );
  });
});

describe('a metadata value that S3 did not encode', () => {
  test.each([
    '',
    json,
    '{"a":"plain"}',
    '{"a":"=?UTF-8?Q?b?="}',
    '{"a":"=?UTF-8?Q?b?= =?UTF-8?Q?c?="}',
    'a=?UTF-8?Q?b?=',
    '=',
    '?=',
    '\u007f',
    'café',
    'ÿ',
    '\u0080',
    'Ã',
    'Ã¶Ā',
    'Ã¶📦',
  ])('stays as it is: %j', (value) => {
    expect(decodeS3Text(value)).toBe(value);
  });
});

describe('characters that are bytes of UTF-8', () => {
  test.each([
    ['Â\u0080', '\u0080'],
    ['Ã¶', 'ö'],
    ['Ã¿', 'ÿ'],
    ['ß¿', '߿'],
    ['ï»¿{}', '\ufeff{}'],
  ])('%j are read as %j', (value, expected) => {
    expect(decodeS3Text(value)).toBe(expected);
  });

  test('are read once: what they encode is left as it is', () => {
    expect(decodeS3Text(asLatin1(asLatin1('ö')))).toBe(asLatin1('ö'));
  });
});
