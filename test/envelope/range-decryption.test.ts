import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coveringRange, parseRange, resolveRange, type ByteRange } from '../../envelope/byte-range.ts';
import { ContentEncryptor } from '../../envelope/encryption.ts';
import { SealdropError } from '../../envelope/errors.ts';
import { RangeDecryptor } from '../../envelope/range-decryption.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import { answerRange, edgeRangeHeaders, rangeHeaders } from '../support/byte-ranges.ts';
import { cbcContent, committingContent, gcmContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const committing = committingContent(dataKey);
const contents = [committing, gcmContent];
type Content = (typeof contents)[number];

const seal = (plaintext: Buffer, content: Content) =>
  gather(new ContentEncryptor(dataKey, content).encrypt(inChunks(plaintext)));

/** What a reader does for a Range header; nothing where no byte of the content is in the range. */
async function openRange(
  sealed: Buffer,
  header: string,
  content: Content,
  sizes: number[],
): Promise<Buffer | undefined> {
  const requested = parseRange(header);
  const answer = answerRange(sealed, coveringRange(requested));
  if (answer === undefined) return undefined;
  const { first, totalBytes } = answer.answered;
  try {
    const range = resolveRange(requested, totalBytes - 16);
    const decryptor = new RangeDecryptor(dataKey, content, first);
    return await gather(decryptor.decryptUnauthenticated(inChunks(answer.bytes, ...sizes), range));
  } catch (error) {
    if (error instanceof SealdropError && error.code === 'RANGE_INVALID') return undefined;
    throw error;
  }
}

describe('a range of the plaintext', () => {
  test('is what slicing the plaintext gives, for every form of a range and any chunks', async () => {
    const sizes = fc.array(fc.nat(20), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...contents),
        fc.nat(70),
        rangeHeaders(120),
        sizes,
        async (content, lengthBytes, header, chunks) => {
          const plaintext = patternBytes(lengthBytes);
          const opened = await openRange(await seal(plaintext, content), header, content, chunks);
          expect(opened?.toString('hex')).toBe(answerRange(plaintext, header)?.bytes.toString('hex'));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(
    [0, 1, 15, 16, 17, 31, 32, 33].flatMap((lengthBytes) =>
      edgeRangeHeaders.map((header) => ({ lengthBytes, header })),
    ),
  )('of $lengthBytes bytes: $header', async ({ lengthBytes, header }) => {
    const plaintext = patternBytes(lengthBytes);
    for (const content of contents) {
      const opened = await openRange(await seal(plaintext, content), header, content, [7, 9]);
      expect(opened?.toString('hex')).toBe(answerRange(plaintext, header)?.bytes.toString('hex'));
    }
  });

  test.each([0, 1, 15, 16, 17, 31, 32, 33, 40])('may be read from any sealed offset: %i', async (offset) => {
    const plaintext = patternBytes(48);
    for (const content of contents) {
      const sealed = await seal(plaintext, content);
      const decryptor = new RangeDecryptor(dataKey, content, offset);
      const range = { first: Math.min(offset + 2, 47), last: 47 };
      const opened = await gather(
        decryptor.decryptUnauthenticated(inChunks(sealed.subarray(offset), 3, 5), range),
      );
      expect(opened.toString('hex')).toBe(plaintext.subarray(range.first).toString('hex'));
    }
  });

  test('is not authenticated: a flipped bit is a flipped bit', async () => {
    const sealed = await seal(patternBytes(32), committing);
    const decryptor = new RangeDecryptor(dataKey, committing, 0);
    const altered = inChunks(withFlippedBit(sealed, 17));
    const opened = await gather(decryptor.decryptUnauthenticated(altered, { first: 0, last: 31 }));
    expect(opened.toString('hex')).toBe(withFlippedBit(patternBytes(32), 17).toString('hex'));
  });
});

describe('a decryptor of ranges', () => {
  const range: ByteRange = { first: 0, last: 15 };

  test('tells its suite', () => {
    for (const content of contents) expect(new RangeDecryptor(dataKey, content, 0).suite).toBe(content.suite);
  });

  test('does not need the data key after it was made, and leaves it to its caller', async () => {
    for (const content of contents) {
      const ownKey = Buffer.from(dataKey);
      const decryptor = new RangeDecryptor(ownKey, content, 0);
      expect(isWiped(ownKey)).toBe(false);
      ownKey.fill(0);
      const sealed = inChunks(await seal(patternBytes(16), content));
      const opened = await gather(decryptor.decryptUnauthenticated(sealed, range));
      expect(opened.toString('hex')).toBe(patternBytes(16).toString('hex'));
    }
  });

  test('decrypts once', async () => {
    const sealed = await seal(patternBytes(16), committing);
    const decryptor = new RangeDecryptor(dataKey, committing, 0);
    await gather(decryptor.decryptUnauthenticated(inChunks(sealed), range));
    await expect(gather(decryptor.decryptUnauthenticated(inChunks(sealed), range))).rejects.toThrow(
      'decrypts once',
    );
  });

  test('fails where the answer ends too early', async () => {
    const sealed = await seal(patternBytes(16), committing);
    const decryptor = new RangeDecryptor(dataKey, committing, 0);
    const short = inChunks(sealed.subarray(0, 15));
    const failure = await failureOf(() => gather(decryptor.decryptUnauthenticated(short, range)));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test('throws what the answer throws, as it is', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(4));
      throw new Error('the line went dead');
    };
    const decryptor = new RangeDecryptor(dataKey, committing, 0);
    await expect(gather(decryptor.decryptUnauthenticated(broken(), range))).rejects.toThrow(
      'the line went dead',
    );
  });

  test('refuses the commitment of another data key', async () => {
    const commitment = withFlippedBit(committing.commitment, 3);
    const failure = await failureOf(() => new RangeDecryptor(dataKey, { ...committing, commitment }, 0));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([0, 16, 31, 33])('refuses a data key of %i bytes', async (lengthBytes) => {
    for (const content of contents) {
      const failure = await failureOf(() => new RangeDecryptor(patternBytes(lengthBytes), content, 0));
      expect(failure.code).toBe('DATA_KEY_INVALID');
    }
  });

  test('refuses CBC', async () => {
    const failure = await failureOf(() => new RangeDecryptor(dataKey, cbcContent, 0));
    expect([failure.code, failure.message]).toEqual([
      'RANGE_INVALID',
      'a range of ALG_AES_256_CBC_IV16_NO_KDF is no range of GCM',
    ]);
  });

  test('counts up to the last block of the longest content, and no further', async () => {
    const longest = 2 ** 36 - 32;
    for (const content of contents) {
      for (const offset of [longest - 16, longest - 1]) {
        expect(() => new RangeDecryptor(dataKey, content, offset)).not.toThrow();
      }
      for (const offset of [longest, longest + 16, 2 ** 40]) {
        const failure = await failureOf(() => new RangeDecryptor(dataKey, content, offset));
        expect(failure.code).toBe('AUTHENTICATION_FAILED');
      }
    }
  });
});
