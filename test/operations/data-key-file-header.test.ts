import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeHeader, parseHeader, type DataKeyFileHeader } from '../../operations/data-key-file-header.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { madeAtMilliseconds } from '../support/data-key-files.ts';

const header: DataKeyFileHeader = {
  cost: { logN: 17, r: 8, p: 1 },
  salt: patternBytes(32),
  createdAtMilliseconds: madeAtMilliseconds,
  expiresAtMilliseconds: madeAtMilliseconds + 3_600_000,
};

const lasting = (seconds: number): DataKeyFileHeader => ({
  ...header,
  expiresAtMilliseconds: header.createdAtMilliseconds + 1000 * seconds,
});

test('a header is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.record({
        logN: fc.integer({ min: 14, max: 18 }),
        r: fc.constant(8),
        p: fc.integer({ min: 1, max: 4 }),
      }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.integer({ min: 0, max: 8.64e15 - 604_800_000 }),
      fc.integer({ min: 60_000, max: 604_800_000 }),
      (cost, salt, createdAtMilliseconds, lifetime) => {
        const expiresAtMilliseconds = createdAtMilliseconds + lifetime;
        const whole = { cost, salt: Buffer.from(salt), createdAtMilliseconds, expiresAtMilliseconds };
        expect(parseHeader(encodeHeader(whole))).toEqual(whole);
      },
    ),
  );
});

test('it tells what the file is', () => {
  expect(encodeHeader(header).toString('latin1').split('\n')[0]).toBe('sealdrop data keys 1');
});

describe('a header is refused before it costs anything', () => {
  test.each<[string, DataKeyFileHeader]>([
    ['too little work', { ...header, cost: { logN: 13, r: 8, p: 1 } }],
    ['no work', { ...header, cost: { logN: 0, r: 8, p: 1 } }],
    ['too much memory', { ...header, cost: { logN: 19, r: 8, p: 1 } }],
    ['far too much memory', { ...header, cost: { logN: 63, r: 8, p: 1 } }],
    ['wider blocks', { ...header, cost: { logN: 17, r: 255, p: 1 } }],
    ['narrower blocks', { ...header, cost: { logN: 17, r: 1, p: 1 } }],
    ['no passes', { ...header, cost: { logN: 17, r: 8, p: 0 } }],
    ['too many passes', { ...header, cost: { logN: 17, r: 8, p: 5 } }],
    ['less than a minute', lasting(59)],
    ['more than a week', lasting(604_801)],
    ['an end before the beginning', lasting(-60)],
    ['an end that no clock reaches', { ...header, expiresAtMilliseconds: Number.MAX_SAFE_INTEGER }],
  ])('for %s', async (_, wrong) => {
    const bytes = encodeHeader(wrong);
    expect(await failureOf(() => parseHeader(bytes))).toMatchObject({ code: 'DATA_KEY_CACHE_INVALID' });
  });

  test.each([
    ['another version', Buffer.from('sealdrop data keys 2\n')],
    ['another kind of file', Buffer.from('-----BEGIN CERTIFICATE-----')],
  ])('for %s', async (_, beginning) => {
    const bytes = encodeHeader(header);
    bytes.set(beginning);
    expect(await failureOf(() => parseHeader(bytes))).toMatchObject({ code: 'DATA_KEY_CACHE_INVALID' });
  });

  test.each([0, 1, 20, 21, 71])('for %i bytes of it', async (length) => {
    const bytes = encodeHeader(header).subarray(0, length);
    expect(await failureOf(() => parseHeader(bytes))).toMatchObject({ code: 'DATA_KEY_CACHE_INVALID' });
  });

  test.each([60, 604_800])('and not for %i seconds', (seconds) => {
    expect(parseHeader(encodeHeader(lasting(seconds)))).toEqual(lasting(seconds));
  });
});
