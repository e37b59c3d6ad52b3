import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  coveringRange,
  cut,
  parseContentRange,
  parseRange,
  resolveRange,
  type RequestedRange,
} from '../../envelope/byte-range.ts';
import { failureOf, gather, inChunks, patternBytes } from '../support/bytes.ts';

describe('a requested range', () => {
  test.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-9', { first: 0, last: 9 }],
    ['bytes=15-16', { first: 15, last: 16 }],
    ['bytes=7-7', { first: 7, last: 7 }],
    ['bytes=10-', { first: 10 }],
    ['bytes=0-', { first: 0 }],
    ['bytes=-5', { suffixBytes: 5 }],
    ['bytes=-0', { suffixBytes: 0 }],
    [' bytes=1-2 ', { first: 1, last: 2 }],
    ['bytes=007-08', { first: 7, last: 8 }],
    ['bytes=1000000000000000-', { first: 1_000_000_000_000_000 }],
  ])('is read from "%s"', (header, expected) => {
    expect(parseRange(header)).toEqual(expected);
  });

  test.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5',
    '0-9',
    'Bytes=0-9',
    'xbytes=0-9',
    'bytes=0-9x',
    'items=0-9',
    'bytes=0-9,20-29',
    'bytes=0-9, -1',
    'bytes=a-b',
    'bytes=0x1-2',
    'bytes=--1',
    'bytes= 0-9',
    'bytes=10000000000000000-',
    'bytes=0-10000000000000000',
  ])('is refused where it is "%s"', async (header) => {
    const failure = await failureOf(() => parseRange(header));
    expect([failure.code, failure.message]).toEqual(['RANGE_INVALID', 'the range is not one of bytes']);
  });

  test.each(['bytes=5-4', 'bytes=16-15', 'bytes=10-9'])(
    'is refused where it is backwards: %s',
    async (header) => {
      const failure = await failureOf(() => parseRange(header));
      expect([failure.code, failure.message]).toEqual(['RANGE_INVALID', 'the range ends before it begins']);
    },
  );
});

describe('the range that is fetched', () => {
  test.each([
    [{ first: 0, last: 0 }, 'bytes=0-15'],
    [{ first: 0, last: 15 }, 'bytes=0-15'],
    [{ first: 0, last: 16 }, 'bytes=0-31'],
    [{ first: 15, last: 16 }, 'bytes=0-31'],
    [{ first: 16, last: 31 }, 'bytes=0-31'],
    [{ first: 31, last: 32 }, 'bytes=0-47'],
    [{ first: 32, last: 47 }, 'bytes=16-47'],
    [{ first: 47, last: 48 }, 'bytes=16-63'],
    [{ first: 48, last: 48 }, 'bytes=32-63'],
    [{ first: 0 }, 'bytes=0-'],
    [{ first: 31 }, 'bytes=0-'],
    [{ first: 32 }, 'bytes=16-'],
    [{ first: 47 }, 'bytes=16-'],
    [{ suffixBytes: 0 }, 'bytes=-64'],
    [{ suffixBytes: 1 }, 'bytes=-65'],
    [{ suffixBytes: 16 }, 'bytes=-80'],
  ] as [RequestedRange, string][])('for %j is whole blocks, and the one before: %s', (range, expected) => {
    expect(coveringRange(range)).toBe(expected);
  });
});

describe('the range of an answer', () => {
  test.each([
    ['bytes 0-9/100', { first: 0, last: 9, totalBytes: 100 }],
    [' bytes 16-31/32\n', { first: 16, last: 31, totalBytes: 32 }],
    ['bytes 0-0/68719476720', { first: 0, last: 0, totalBytes: 68_719_476_720 }],
  ])('is read from "%s"', (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });

  test.each([
    '',
    'bytes 0-9/*',
    'bytes */100',
    'bytes=0-9/100',
    'bytes 0-9',
    'xbytes 0-9/100',
    'bytes 0-9/100x',
    'bytes 10-9/100',
    'bytes 0-9/9',
    'bytes 0-99/9',
  ])('cannot be read from "%s"', async (header) => {
    const failure = await failureOf(() => parseContentRange(header));
    expect([failure.code, failure.message]).toEqual([
      'SERVICE_FAILED',
      'the range of the answer cannot be read',
    ]);
  });
});

describe('the range of the plaintext', () => {
  test.each([
    [{ first: 0, last: 0 }, 1, { first: 0, last: 0 }],
    [{ first: 0, last: 9 }, 10, { first: 0, last: 9 }],
    [{ first: 0, last: 10 }, 10, { first: 0, last: 9 }],
    [{ first: 9, last: 99 }, 10, { first: 9, last: 9 }],
    [{ first: 3 }, 10, { first: 3, last: 9 }],
    [{ first: 9 }, 10, { first: 9, last: 9 }],
    [{ suffixBytes: 1 }, 10, { first: 9, last: 9 }],
    [{ suffixBytes: 10 }, 10, { first: 0, last: 9 }],
    [{ suffixBytes: 11 }, 10, { first: 0, last: 9 }],
  ] as [RequestedRange, number, object][])('for %j of %i bytes is %j', (range, totalBytes, expected) => {
    expect(resolveRange(range, totalBytes)).toEqual(expected);
  });

  test.each([
    [{ first: 10, last: 11 }, 10],
    [{ first: 10 }, 10],
    [{ first: 26 }, 10],
    [{ suffixBytes: 0 }, 10],
    [{ first: 0, last: 0 }, 0],
    [{ first: 0 }, 0],
    [{ suffixBytes: 0 }, 0],
    [{ suffixBytes: 5 }, 0],
  ] as [RequestedRange, number][])('for %j of %i bytes is none', async (range, totalBytes) => {
    const failure = await failureOf(() => resolveRange(range, totalBytes));
    expect([failure.code, failure.message]).toEqual([
      'RANGE_INVALID',
      'no byte of the object is in the range',
    ]);
  });
});

describe('cutting', () => {
  test('gives the wanted bytes whatever the chunks are', async () => {
    const sizes = fc.array(fc.nat(20), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.nat(60),
        sizes,
        async (...all) => {
          const [offset, length, a, b, chunks] = all;
          const first = offset + Math.min(a % length, b % length);
          const last = offset + Math.max(a % length, b % length);
          const bytes = patternBytes(length);
          const given = await gather(cut(inChunks(bytes, ...chunks), offset, { first, last }));
          expect(given.toString('hex')).toBe(
            bytes.subarray(first - offset, last - offset + 1).toString('hex'),
          );
        },
      ),
    );
  });

  test('yields no empty chunk', async () => {
    const lengths: number[] = [];
    for await (const { length } of cut(inChunks(patternBytes(40), 10, 0, 10, 10, 0), 0, {
      first: 10,
      last: 29,
    })) {
      lengths.push(length);
    }
    expect(lengths).toEqual([10, 10]);
  });

  test('reads no further than it must, and closes what it read', async () => {
    const taken: number[] = [];
    let isClosed = false;
    const chunks = async function* (): AsyncGenerator<Buffer> {
      try {
        for (let chunk = 0; chunk < 5; chunk += 1) {
          taken.push(chunk);
          yield patternBytes(10);
          await Promise.resolve();
        }
      } finally {
        isClosed = true;
      }
    };
    await gather(cut(chunks(), 0, { first: 5, last: 19 }));
    expect(taken).toEqual([0, 1]);
    expect(isClosed).toBe(true);
  });

  test.each([0, 1, 9])('is an authentication failure where only %i bytes of 10 come', async (lengthBytes) => {
    const cutting = cut(inChunks(patternBytes(lengthBytes)), 16, { first: 16, last: 25 });
    expect((await failureOf(() => gather(cutting))).code).toBe('AUTHENTICATION_FAILED');
  });
});
