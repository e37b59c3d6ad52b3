import { createCipheriv, createDecipheriv } from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { coveringRange, parseRange } from '../../envelope/byte-range.ts';
import { CbcRangeDecryptor, type OpenedRange } from '../../envelope/cbc-range-decryption.ts';
import { SealdropError } from '../../envelope/errors.ts';
import { failureOf, inChunks, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import { answerRange, edgeRangeHeaders, rangeHeaders } from '../support/byte-ranges.ts';
import { cbcContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const noLimit = Number.MAX_SAFE_INTEGER;
const decryptor = () => new CbcRangeDecryptor(dataKey, cbcContent);

function sealed(plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', dataKey, cbcContent.iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** Blocks that end in a padding of the test's choice. */
function paddedWith(...padding: number[]): Buffer {
  const cipher = createCipheriv('aes-256-cbc', dataKey, cbcContent.iv).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(Buffer.concat([Buffer.alloc(32 - padding.length, 0x5a), Buffer.of(...padding)])),
    cipher.final(),
  ]);
}

/** What a reader does for a Range header; nothing where no byte of the content is in the range. */
async function openRange(
  stored: Buffer,
  header: string,
  sizes: number[] = [],
): Promise<OpenedRange | undefined> {
  const requested = parseRange(header);
  const answer = answerRange(stored, coveringRange(requested));
  if (answer === undefined) return undefined;
  const body = inChunks(answer.bytes, ...sizes);
  try {
    return await decryptor().openUnauthenticated(body, answer.answered, requested, noLimit);
  } catch (error) {
    if (error instanceof SealdropError && error.code === 'RANGE_INVALID') return undefined;
    throw error;
  }
}

function expectSlice(opened: OpenedRange | undefined, plaintext: Buffer, header: string): void {
  const expected = answerRange(plaintext, header);
  expect(opened?.content.toString('hex')).toBe(expected?.bytes.toString('hex'));
  if (expected === undefined) return;
  const { first, last } = expected.answered;
  expect(opened?.range).toEqual({ first, last });
  expect([undefined, plaintext.length]).toContain(opened?.totalBytes);
}

describe('a range of CBC', () => {
  test('is what slicing the plaintext gives, for every form of a range and any chunks', async () => {
    const sizes = fc.array(fc.nat(20), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.nat(150), rangeHeaders(170), sizes, async (lengthBytes, header, chunks) => {
        const plaintext = patternBytes(lengthBytes);
        expectSlice(await openRange(sealed(plaintext), header, chunks), plaintext, header);
      }),
      { numRuns: 500 },
    );
  });

  test.each(
    [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49].flatMap((lengthBytes) =>
      edgeRangeHeaders.map((header) => ({ lengthBytes, header })),
    ),
  )('of $lengthBytes bytes: $header', async ({ lengthBytes, header }) => {
    const plaintext = patternBytes(lengthBytes);
    expectSlice(await openRange(sealed(plaintext), header), plaintext, header);
  });

  test.each([
    ['bytes=-1', 100],
    ['bytes=90-', 100],
    ['bytes=96-99', 100],
    ['bytes=0-95', undefined],
    ['bytes=32-47', undefined],
  ])('tells the length of the whole only where its end is read: %s', async (header, totalBytes) => {
    const opened = await openRange(sealed(patternBytes(100)), header);
    expect(opened?.totalBytes).toBe(totalBytes);
    expect(opened !== undefined && 'totalBytes' in opened).toBe(totalBytes !== undefined);
  });

  test.each([1, 5, 15, 16, 17])('may be answered from any first byte: %i', async (first) => {
    const stored = sealed(patternBytes(100));
    const answered = { first, last: 111, totalBytes: 112 };
    const body = inChunks(stored.subarray(first));
    const opened = await decryptor().openUnauthenticated(body, answered, { first: 64 }, noLimit);
    expect(opened.content.toString('hex')).toBe(patternBytes(100).subarray(64).toString('hex'));
  });

  test('is held up to the limit, and no byte further', async () => {
    const stored = sealed(patternBytes(100));
    const answered = { first: 0, last: 111, totalBytes: 112 };
    const open = (limitBytes: number) =>
      decryptor().openUnauthenticated(inChunks(stored, 50), answered, { first: 0 }, limitBytes);
    await expect(open(112)).resolves.toMatchObject({ totalBytes: 100 });
    const failure = await failureOf(() => open(111));
    expect([failure.code, failure.fields]).toEqual(['BUFFER_LIMIT_EXCEEDED', { limitBytes: 111 }]);
  });

  test('does not need the data key after it was made, and leaves it to its caller', async () => {
    const ownKey = Buffer.from(dataKey);
    const made = new CbcRangeDecryptor(ownKey, cbcContent);
    expect(isWiped(ownKey)).toBe(false);
    ownKey.fill(0);
    const stored = sealed(patternBytes(20));
    const answered = { first: 0, last: 31, totalBytes: 32 };
    const opened = await made.openUnauthenticated(inChunks(stored), answered, { first: 0 }, noLimit);
    expect(opened.content.toString('hex')).toBe(patternBytes(20).toString('hex'));
  });

  test.each([0, 16, 31, 33])('refuses a data key of %i bytes', async (lengthBytes) => {
    const failure = await failureOf(() => new CbcRangeDecryptor(patternBytes(lengthBytes), cbcContent));
    expect(failure.code).toBe('DATA_KEY_INVALID');
  });

  test('throws what the answer throws, as it is', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(4));
      throw new Error('the line went dead');
    };
    const answered = { first: 0, last: 15, totalBytes: 16 };
    const opening = decryptor().openUnauthenticated(broken(), answered, { first: 0 }, noLimit);
    await expect(opening).rejects.toThrow('the line went dead');
  });

  test('is opened by a decryptor once', async () => {
    const once = decryptor();
    const answered = { first: 0, last: 31, totalBytes: 32 };
    const open = () =>
      once.openUnauthenticated(inChunks(sealed(patternBytes(20))), answered, { first: 0 }, noLimit);
    await open();
    await expect(open()).rejects.toThrow('decrypts once');
  });
});

describe('what is no CBC', () => {
  test.each([
    ['of no whole blocks', sealed(patternBytes(20)).subarray(0, 31), 31],
    ['of a total of no whole blocks', sealed(patternBytes(20)), 33],
    ['of fewer blocks than a range needs', sealed(patternBytes(100)).subarray(0, 32), 112],
    ['with a padding of zero', paddedWith(0), 32],
    ['with a padding of zero, and zeros before it', paddedWith(...Buffer.alloc(32)), 32],
    ['with a padding of 17', paddedWith(...Array.from({ length: 17 }, () => 17)), 32],
    ['with a padding of different bytes', paddedWith(1, 3, 3), 32],
    ['with an altered end', withFlippedBit(sealed(patternBytes(20)), -1), 32],
  ])('does not open: %s', async (_, stored, totalBytes) => {
    const answered = { first: 0, last: Math.min(stored.length, totalBytes) - 1, totalBytes };
    const requested = { first: 0, last: 99 };
    const failure = await failureOf(() =>
      decryptor().openUnauthenticated(inChunks(stored), answered, requested, noLimit),
    );
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([
    ['of no whole blocks', 31, { first: 0, last: 30, totalBytes: 112 }],
    ['of a total of no whole blocks', 32, { first: 0, last: 31, totalBytes: 113 }],
    ['shorter than its range says', 32, { first: 0, last: 47, totalBytes: 112 }],
    ['longer than its range says', 48, { first: 0, last: 31, totalBytes: 112 }],
  ])('does not open, though the wanted bytes are in it: %s', async (_, lengthBytes, answered) => {
    const body = inChunks(sealed(patternBytes(100)).subarray(0, lengthBytes));
    const requested = { first: 0, last: 9 };
    const failure = await failureOf(() =>
      decryptor().openUnauthenticated(body, answered, requested, noLimit),
    );
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([1, 2, 15, 16])('a padding of %i bytes is one', async (count) => {
    const stored = paddedWith(...Array.from({ length: count }, () => count));
    const answered = { first: 0, last: 31, totalBytes: 32 };
    const opened = await decryptor().openUnauthenticated(inChunks(stored), answered, { first: 0 }, noLimit);
    expect(opened.totalBytes).toBe(32 - count);
  });
});

describe('the blocks in the clear', () => {
  const prototype = Object.getPrototypeOf(createDecipheriv('aes-256-cbc', dataKey, cbcContent.iv)) as {
    update: (data: Uint8Array) => Buffer;
  };

  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each([
    ['a range was opened', paddedWith(1), { first: 0, last: 9 }, '5a'.repeat(10)],
    ['no byte of them was wanted', paddedWith(1), { first: 31 }, 'RANGE_INVALID'],
    ['their padding is none', paddedWith(0), { first: 0 }, 'AUTHENTICATION_FAILED'],
  ])('are zero-filled where %s', async (_, stored, requested, outcome) => {
    const update = jest.spyOn(prototype, 'update');
    const answered = { first: 0, last: 31, totalBytes: 32 };
    const opening = decryptor().openUnauthenticated(inChunks(stored), answered, requested, noLimit);
    const opened = await opening.then(
      ({ content }) => content.toString('hex'),
      (error: unknown) => (error as SealdropError).code,
    );
    expect(opened).toBe(outcome);
    const blocks = update.mock.results.map(({ value }) => value as Buffer);
    expect(blocks.map(({ length }) => length)).toEqual([32]);
    expect(blocks.every(isWiped)).toBe(true);
  });
});
