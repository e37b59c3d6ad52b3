import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ContentEncryptor, newMessageId, sealedLengthBytes } from '../../envelope/encryption.ts';
import { deriveCommitment, deriveContentKey } from '../../envelope/key-derivation.ts';
import { edgeLengths, failureOf, gather, inChunks, patternBytes, thrownBy } from '../support/bytes.ts';

const dataKey = patternBytes(32, 'data key');
const messageId = patternBytes(28, 'message id');
const maxContentBytes = 2 ** 36 - 32;

describe('the encryptor', () => {
  test.each(edgeLengths)('seals %i bytes as AES-256-GCM with the suite id as AAD does', async (length) => {
    const content = patternBytes(length);
    const sealed = await gather(new ContentEncryptor(dataKey, messageId).encrypt(inChunks(content)));
    expect(sealed.toString('hex')).toBe(independentlySealed(content).toString('hex'));
    expect(sealed).toHaveLength(sealedLengthBytes(length));
  });

  test('seals the same whatever the chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.array(fc.nat(40), { maxLength: 12 }), async (length, sizes) => {
        const content = patternBytes(length);
        const encryptor = new ContentEncryptor(dataKey, messageId);
        const sealed = await gather(encryptor.encrypt(inChunks(content, ...sizes), length));
        expect(sealed.toString('hex')).toBe(independentlySealed(content).toString('hex'));
      }),
    );
  });

  test('commits to its data key and message id', () => {
    const encryptor = new ContentEncryptor(dataKey, messageId);
    const expected = deriveCommitment(dataKey, messageId).toString('hex');
    expect(Buffer.from(encryptor.commitment).toString('hex')).toBe(expected);
  });

  test('does not need the data key after it was made', async () => {
    const ownKey = Buffer.from(dataKey);
    const encryptor = new ContentEncryptor(ownKey, messageId);
    ownKey.fill(0);
    const sealed = await gather(encryptor.encrypt(inChunks(Buffer.from('text'))));
    expect(sealed.toString('hex')).toBe(independentlySealed(Buffer.from('text')).toString('hex'));
  });

  test('refuses a second content, even while the first is under way', async () => {
    const encryptor = new ContentEncryptor(dataKey);
    const first = encryptor.encrypt(inChunks(patternBytes(64), 32));
    const second = encryptor.encrypt(inChunks(patternBytes(64, 'other'), 32));
    await first.next();
    await expect(second.next()).rejects.toThrow('one content only');
    await expect(gather(encryptor.encrypt(inChunks(Buffer.alloc(0))))).rejects.toThrow('one content only');
  });

  test('refuses a second content after the first failed', async () => {
    const encryptor = new ContentEncryptor(dataKey);
    await thrownBy(() => gather(encryptor.encrypt(inChunks(patternBytes(10)), 11)));
    await expect(gather(encryptor.encrypt(inChunks(patternBytes(11)), 11))).rejects.toThrow(
      'one content only',
    );
  });

  test.each([
    ['shorter', 9],
    ['longer', 11],
  ])('ends without a tag where the content is %s than declared', async (_, declaredBytes) => {
    const chunks: Buffer[] = [];
    const failure = await failureOf(async () => {
      const encryptor = new ContentEncryptor(dataKey);
      for await (const chunk of encryptor.encrypt(inChunks(patternBytes(10)), declaredBytes)) {
        chunks.push(chunk);
      }
    });
    expect(failure.code).toBe('CONTENT_LENGTH_MISMATCH');
    expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(10);
  });

  test('ends without a tag where the content breaks off', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(40), 20, 20);
      throw new Error('the line went dead');
    };
    const seen: Buffer[] = [];
    await expect(
      (async () => {
        for await (const chunk of new ContentEncryptor(dataKey).encrypt(broken())) seen.push(chunk);
      })(),
    ).rejects.toThrow('the line went dead');
    expect(Buffer.concat(seen)).toHaveLength(40);
  });
});

describe('the longest content', () => {
  test('is 2^36 - 32 bytes', () => {
    expect(sealedLengthBytes(maxContentBytes)).toBe(maxContentBytes + 16);
  });

  test.each([maxContentBytes + 1, 2 ** 36, 2 ** 40])('refuses %i bytes', async (lengthBytes) => {
    const failure = await failureOf(() => sealedLengthBytes(lengthBytes));
    expect(failure.code).toBe('CONTENT_TOO_LONG');
    expect(failure.fields).toEqual({ lengthBytes, maxContentBytes });
  });

  test('is checked before the first byte is read', async () => {
    let wasRead = false;
    const content = async function* (): AsyncGenerator<Buffer> {
      wasRead = true;
      yield* inChunks(Buffer.alloc(1));
    };
    const encrypted = new ContentEncryptor(dataKey).encrypt(content(), maxContentBytes + 1);
    expect((await failureOf(() => encrypted.next())).code).toBe('CONTENT_TOO_LONG');
    expect(wasRead).toBe(false);
  });

  test('is checked while a content of unknown length is read', async () => {
    // A chunk that only claims its length stands for 64 GiB of them.
    const claimed = Object.defineProperty(Buffer.alloc(1), 'length', { value: maxContentBytes + 1 });
    const encrypted = new ContentEncryptor(dataKey).encrypt(inOnePiece(claimed));
    expect((await failureOf(() => encrypted.next())).code).toBe('CONTENT_TOO_LONG');
  });
});

describe('a message id', () => {
  test('has 28 bytes and is fresh every time', () => {
    const ids = Array.from({ length: 200 }, () => newMessageId().toString('hex'));
    expect(ids.every((id) => id.length === 56)).toBe(true);
    expect(new Set(ids).size).toBe(200);
  });

  test('is fresh for every encryptor', () => {
    const [first, second] = [new ContentEncryptor(dataKey), new ContentEncryptor(dataKey)];
    expect(Buffer.from(first.messageId)).not.toEqual(Buffer.from(second.messageId));
    expect(Buffer.from(first.commitment)).not.toEqual(Buffer.from(second.commitment));
  });

  test('of only zeros is refused', () => {
    expect(() => newMessageId((size) => Buffer.alloc(size))).toThrow('only zeros');
  });

  test('with a single bit set is accepted', () => {
    const id = newMessageId((size) => Buffer.alloc(size).fill(1, size - 1));
    expect(id.at(-1)).toBe(1);
  });
});

async function* inOnePiece(chunk: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield chunk;
}

function independentlySealed(content: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', deriveContentKey(dataKey, messageId), Buffer.alloc(12, 1));
  cipher.setAAD(Uint8Array.of(0x00, 0x73));
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}
