import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstPart } from '../../aws/first-part.ts';
import { gather, inChunks, patternBytes, thrownBy } from '../support/bytes.ts';

/** A body, and what has become of it. */
function watched(content: Buffer, chunkBytes = 10) {
  const seen = { passedBytes: 0, closed: 0 };
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for (let at = 0; at < content.length; at += chunkBytes) {
        const chunk = content.subarray(at, at + chunkBytes);
        seen.passedBytes += chunk.length;
        yield chunk;
        await Promise.resolve();
      }
    } finally {
      seen.closed += 1;
    }
  }
  return { seen, chunks: chunks() };
}

describe('the first part of a body', () => {
  test.each([0, 1, 29, 30])('is all of it where it has %i bytes of 30', async (lengthBytes) => {
    const { whole, body } = await firstPart(watched(patternBytes(lengthBytes)).chunks, 30);
    expect(whole?.equals(patternBytes(lengthBytes))).toBe(true);
    expect((await gather(body)).equals(patternBytes(lengthBytes))).toBe(true);
  });

  test.each([31, 32, 60, 1000])('is not all of it where it has %i bytes', async (lengthBytes) => {
    const { seen, chunks } = watched(patternBytes(lengthBytes));
    const { whole, body } = await firstPart(chunks, 30);
    expect(whole).toBeUndefined();
    expect(seen.passedBytes).toBeLessThanOrEqual(40);
    expect((await gather(body)).equals(patternBytes(lengthBytes))).toBe(true);
  });

  test('is followed by the rest, whatever the chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(100), fc.array(fc.nat(30)), async (length, limitBytes, sizes) => {
        const { whole, body } = await firstPart(inChunks(patternBytes(length), ...sizes), limitBytes);
        expect(whole !== undefined).toBe(length <= limitBytes);
        expect((await gather(body)).equals(patternBytes(length))).toBe(true);
      }),
    );
  });

  test('that breaks throws what broke it', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(10));
      throw new Error('the line went dead');
    }
    await expect(firstPart(broken(), 30)).rejects.toThrow('the line went dead');
    const { body } = await firstPart(broken(), 5);
    expect(await thrownBy(() => gather(body))).toMatchObject({ message: 'the line went dead' });
  });
});

describe('whoever stops reading closes the body that it comes from', () => {
  test('before the first byte', async () => {
    const { seen, chunks } = watched(patternBytes(100));
    const { body } = await firstPart(chunks, 30);
    const iterator = body[Symbol.asyncIterator]();
    expect(seen.closed).toBe(0);
    expect(await iterator.return?.()).toEqual({ value: undefined, done: true });
    expect(seen.closed).toBe(1);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test.each([
    ['in the first part', 1],
    ['behind it', 5],
  ])('%s', async (_, count) => {
    const { seen, chunks } = watched(patternBytes(100));
    const { body } = await firstPart(chunks, 30);
    let chunk = 0;
    for await (const each of body) {
      expect(each).toHaveLength(10);
      if ((chunk += 1) === count) break;
    }
    expect(seen).toEqual({ passedBytes: Math.max(40, count * 10), closed: 1 });
  });

  test('where that can be closed', async () => {
    const all = [patternBytes(40)];
    const endless: AsyncIterable<Buffer> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ value: all[0] ?? Buffer.alloc(0), done: false }),
      }),
    };
    const { body } = await firstPart(endless, 30);
    for await (const chunk of body) {
      expect(chunk).toHaveLength(40);
      break;
    }
  });
});
