import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gatherRange, readInRanges, type FetchRange } from '../../aws/ranged-read.ts';
import { failureOf, gather, inChunks, patternBytes } from '../support/bytes.ts';

const fetchFrom =
  (content: Buffer): FetchRange =>
  (first, last) =>
    Promise.resolve(content.subarray(first, last + 1));

/** Ranges that arrive when the test says so. */
function held(content: Buffer) {
  const asked: {
    first: number;
    last: number;
    signal: AbortSignal;
    arrive: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const fetch: FetchRange = (first, last, signal) =>
    new Promise((resolve, reject) => {
      asked.push({
        first,
        last,
        signal,
        arrive: () => {
          resolve(content.subarray(first, last + 1));
        },
        fail: reject,
      });
    });
  return { asked, fetch };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a read in ranges', () => {
  test.each([
    [0, []],
    [1, ['0-0']],
    [9, ['0-8']],
    [10, ['0-9']],
    [11, ['0-9', '10-10']],
    [30, ['0-9', '10-19', '20-29']],
    [31, ['0-9', '10-19', '20-29', '30-30']],
  ])('of %i bytes asks for each byte once: %j', async (lengthBytes, expected) => {
    const asked: string[] = [];
    const content = patternBytes(lengthBytes);
    const fetch: FetchRange = (first, last) => {
      asked.push(`${first}-${last}`);
      return Promise.resolve(content.subarray(first, last + 1));
    };
    const read = readInRanges(fetch, lengthBytes, { rangeBytes: 10, rangesAhead: 3 });
    expect((await gather(read)).equals(content)).toBe(true);
    expect(asked).toEqual(expected);
  });

  test('gives back the content for any lengths', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(300),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 6 }),
        async (length, rangeBytes, rangesAhead) => {
          const content = patternBytes(length);
          const read = readInRanges(fetchFrom(content), length, { rangeBytes, rangesAhead });
          expect((await gather(read)).equals(content)).toBe(true);
        },
      ),
    );
  });

  test('keeps its order where later ranges arrive first', async () => {
    const content = patternBytes(30);
    const { asked, fetch } = held(content);
    const whole = gather(readInRanges(fetch, 30, { rangeBytes: 10, rangesAhead: 3 }));
    await settle();
    for (const range of asked.toReversed()) range.arrive();
    expect((await whole).equals(content)).toBe(true);
  });

  test('has as many ranges under way as it may, and no more', async () => {
    const { asked, fetch } = held(patternBytes(100));
    const read = readInRanges(fetch, 100, { rangeBytes: 10, rangesAhead: 3 });
    const first = read.next();
    await settle();
    expect(asked).toHaveLength(3);
    asked[0]?.arrive();
    await first;
    expect(asked).toHaveLength(3);
    const second = read.next();
    await settle();
    expect(asked).toHaveLength(4);
    asked[1]?.arrive();
    await second;
    await read.return(undefined);
  });

  test('starts nothing before it is asked', async () => {
    const { asked, fetch } = held(patternBytes(100));
    const read = readInRanges(fetch, 100, { rangeBytes: 10, rangesAhead: 3 });
    await settle();
    expect(asked).toEqual([]);
    await read.return(undefined);
  });

  test('stops what is under way where its reader stops early', async () => {
    const { asked, fetch } = held(patternBytes(100));
    const read = readInRanges(fetch, 100, { rangeBytes: 10, rangesAhead: 3 });
    const first = read.next();
    await settle();
    asked[0]?.arrive();
    await first;
    expect(asked.some(({ signal }) => signal.aborted)).toBe(false);
    await read.return(undefined);
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
    expect(asked).toHaveLength(3);
  });

  test('reports the error of a later range when its turn comes, and stops the others', async () => {
    const { asked, fetch } = held(patternBytes(100));
    const read = readInRanges(fetch, 100, { rangeBytes: 10, rangesAhead: 3 });
    const first = read.next();
    await settle();
    asked[1]?.fail(new Error('range 1 broke'));
    asked[2]?.fail(new Error('range 2 broke'));
    await settle();
    asked[0]?.arrive();
    expect((await first).value).toHaveLength(10);
    await expect(read.next()).rejects.toThrow('range 1 broke');
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
    expect(await read.next()).toEqual({ done: true, value: undefined });
  });

  test('hands the abortion of its caller to every range', async () => {
    const { asked, fetch } = held(patternBytes(100));
    const controller = new AbortController();
    const read = readInRanges(fetch, 100, { rangeBytes: 10, rangesAhead: 2, signal: controller.signal });
    const first = read.next();
    await settle();
    controller.abort();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    asked[0]?.fail(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
  });
});

describe('the body of a range', () => {
  test('is gathered whatever its chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.array(fc.nat(30)), async (length, sizes) => {
        const range = await gatherRange(inChunks(patternBytes(length), ...sizes), length);
        expect(range.equals(patternBytes(length))).toBe(true);
      }),
    );
  });

  test.each([
    ['short', 9],
    ['long', 11],
    ['long by far', 1000],
    ['empty', 0],
  ])('is refused where it is too %s', async (_, receivedBytes) => {
    const failure = await failureOf(() => gatherRange(inChunks(patternBytes(receivedBytes), 4, 4), 10));
    expect(failure.code).toBe('CONTENT_LENGTH_MISMATCH');
    expect(failure.fields).toEqual({ expectedBytes: 10, receivedBytes });
  });

  test('that breaks throws what broke it', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(5));
      throw new Error('the line went dead');
    };
    await expect(gatherRange(broken(), 10)).rejects.toThrow('the line went dead');
  });
});
