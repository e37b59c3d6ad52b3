import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentLengthBytes, ContentDecryptor, openBuffered } from '../../envelope/decryption.ts';
import { ContentEncryptor } from '../../envelope/encryption.ts';
import {
  edgeLengths,
  failureOf,
  gather,
  inChunks,
  isWiped,
  patternBytes,
  withFlippedBit,
} from '../support/bytes.ts';

const dataKey = patternBytes(32, 'data key');
const messageId = patternBytes(28, 'message id');
const { commitment } = new ContentEncryptor(dataKey, messageId);
const noLimit = Number.MAX_SAFE_INTEGER;

const decryptor = () => new ContentDecryptor(dataKey, messageId, commitment);
const seal = (content: Buffer) =>
  gather(new ContentEncryptor(dataKey, messageId).encrypt(inChunks(content, content.length)));

describe('opening', () => {
  test.each(edgeLengths)('gives back %i bytes', async (lengthBytes) => {
    const content = patternBytes(lengthBytes);
    const opened = await openBuffered(decryptor(), inChunks(await seal(content)), noLimit);
    expect(opened.toString('hex')).toBe(content.toString('hex'));
  });

  test('gives back the content whatever the chunks are, the tag split over several too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(80), fc.array(fc.nat(20), { maxLength: 20 }), async (length, sizes) => {
        const content = patternBytes(length);
        const opened = await openBuffered(decryptor(), inChunks(await seal(content), ...sizes), noLimit);
        expect(opened.toString('hex')).toBe(content.toString('hex'));
      }),
    );
  });

  test.each(edgeLengths.filter((length) => length < 100))(
    'gives back %i bytes that arrive byte by byte',
    async (lengthBytes) => {
      const sealed = await seal(patternBytes(lengthBytes));
      const bytewise = inChunks(sealed, ...Array.from(sealed, () => 1));
      const opened = await openBuffered(decryptor(), bytewise, noLimit);
      expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
    },
  );

  test('refuses any flipped bit, wherever it is', async () => {
    const sealed = await seal(patternBytes(33));
    for (let at = 0; at < sealed.length; at += 1) {
      const altered = inChunks(withFlippedBit(sealed, at), 7, 7, 7);
      const failure = await failureOf(() => openBuffered(decryptor(), altered, noLimit));
      expect(failure.code).toBe('AUTHENTICATION_FAILED');
    }
  });

  test('refuses every truncation', async () => {
    const sealed = await seal(patternBytes(33));
    for (let length = 0; length < sealed.length; length += 1) {
      const cut = inChunks(sealed.subarray(0, length), 5, 5, 5);
      const failure = await failureOf(() => openBuffered(decryptor(), cut, noLimit));
      expect(failure.code).toBe('AUTHENTICATION_FAILED');
    }
  });

  test('refuses a foreign commitment before anything is decrypted', async () => {
    const wrong = withFlippedBit(Buffer.from(commitment), 0);
    const failure = await failureOf(() => new ContentDecryptor(dataKey, messageId, wrong));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([0, 16, 31, 33])('refuses a data key of %i bytes', async (lengthBytes) => {
    const failure = await failureOf(
      () => new ContentDecryptor(patternBytes(lengthBytes), messageId, commitment),
    );
    expect(failure.code).toBe('DATA_KEY_INVALID');
  });
});

describe('opening in memory', () => {
  test('holds a content of exactly the limit, and no byte more', async () => {
    const sealed = await seal(patternBytes(32));
    await expect(openBuffered(decryptor(), inChunks(sealed), 32)).resolves.toHaveLength(32);
    const failure = await failureOf(() => openBuffered(decryptor(), inChunks(sealed), 31));
    expect(failure.code).toBe('BUFFER_LIMIT_EXCEEDED');
    expect(failure.fields).toEqual({ limitBytes: 31 });
  });

  test('stops reading where the limit is exceeded', async () => {
    const sealed = await seal(patternBytes(1000));
    let stopped = false;
    const body = async function* (): AsyncGenerator<Buffer> {
      try {
        yield* inChunks(sealed, ...Array.from({ length: 50 }, () => 20));
      } finally {
        stopped = true;
      }
    };
    await failureOf(() => openBuffered(decryptor(), body(), 100));
    expect(stopped).toBe(true);
  });

  test.each([
    ['the tag is wrong', (sealed: Buffer) => inChunks(withFlippedBit(sealed, -1), 40, 40)],
    ['the body is cut', (sealed: Buffer) => inChunks(sealed.subarray(0, -1), 40, 40)],
    ['the body breaks', (sealed: Buffer) => broken(inChunks(sealed.subarray(0, 60), 40))],
  ])('zero-fills what it decrypted where %s', async (_, body) => {
    const sealed = await seal(Buffer.alloc(64, 0x5a));
    const { spied, chunks } = spyOn(decryptor());
    await expect(openBuffered(spied, body(sealed), noLimit)).rejects.toThrow();
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.every(isWiped)).toBe(true);
  });

  test('zero-fills its chunks after success, and not what it returns', async () => {
    const sealed = await seal(Buffer.alloc(64, 0x5a));
    const { spied, chunks } = spyOn(decryptor());
    const opened = await openBuffered(spied, inChunks(sealed, 30, 30), noLimit);
    expect(opened.equals(Buffer.alloc(64, 0x5a))).toBe(true);
    expect(chunks.every(isWiped)).toBe(true);
  });

  test('throws what the body throws, as it is', async () => {
    const body = broken(inChunks(await seal(patternBytes(64)), 40));
    await expect(openBuffered(decryptor(), body, noLimit)).rejects.toThrow('the line went dead');
  });
});

describe('the length of the content', () => {
  test.each([
    [16, 0],
    [17, 1],
    [1016, 1000],
  ])('of %i sealed bytes is %i', (sealedBytes, expected) => {
    expect(contentLengthBytes(sealedBytes)).toBe(expected);
  });

  test.each([0, 1, 15])('of %i sealed bytes is an authentication failure at once', async (sealedBytes) => {
    expect((await failureOf(() => contentLengthBytes(sealedBytes))).code).toBe('AUTHENTICATION_FAILED');
  });
});

async function* broken(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* body;
  throw new Error('the line went dead');
}

/** Keeps every chunk of plaintext that a decryptor yields. */
function spyOn(decryptor: ContentDecryptor): { spied: ContentDecryptor; chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const original = decryptor.decryptUnverified.bind(decryptor);
  decryptor.decryptUnverified = async function* (sealed) {
    for await (const chunk of original(sealed)) {
      chunks.push(chunk);
      yield chunk;
    }
  };
  return { spied: decryptor, chunks };
}
