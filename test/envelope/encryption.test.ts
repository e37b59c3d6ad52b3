import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ContentEncryptor, newContentParameters, sealedLengthBytes } from '../../envelope/encryption.ts';
import { deriveCommitment, deriveContentKey } from '../../envelope/key-derivation.ts';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';
import {
  edgeLengths,
  failureOf,
  gather,
  inChunks,
  patternBytes,
  thrownBy,
  withFlippedBit,
} from '../support/bytes.ts';
import { committingContent, gcmContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const messageId = patternBytes(28, 'message id');
const parameters = committingContent(dataKey, messageId);
const maxContentBytes = 2 ** 36 - 32;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the encryptor', () => {
  test.each(edgeLengths)('seals %i bytes as AES-256-GCM with the suite id as AAD does', async (length) => {
    const content = patternBytes(length);
    const sealed = await gather(new ContentEncryptor(dataKey, parameters).encrypt(inChunks(content)));
    expect(hex(sealed)).toBe(hex(independentlySealed(content)));
    expect(sealed).toHaveLength(sealedLengthBytes(length));
  });

  test.each(edgeLengths)('seals %i bytes for V2 as AES-256-GCM without AAD does', async (length) => {
    const content = patternBytes(length);
    const sealed = await gather(new ContentEncryptor(dataKey, gcmContent).encrypt(inChunks(content)));
    const cipher = createCipheriv('aes-256-gcm', dataKey, gcmContent.iv);
    const expected = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    expect(hex(sealed)).toBe(hex(expected));
    expect(sealed).toHaveLength(sealedLengthBytes(length));
  });

  test('seals the same whatever the chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.array(fc.nat(40), { maxLength: 12 }), async (length, sizes) => {
        const content = patternBytes(length);
        const encryptor = new ContentEncryptor(dataKey, parameters);
        const sealed = await gather(encryptor.encrypt(inChunks(content, ...sizes), length));
        expect(hex(sealed)).toBe(hex(independentlySealed(content)));
      }),
    );
  });

  test('does not need the data key after it was made', async () => {
    const ownKey = Buffer.from(dataKey);
    const encryptor = new ContentEncryptor(ownKey, parameters);
    ownKey.fill(0);
    const sealed = await gather(encryptor.encrypt(inChunks(Buffer.from('text'))));
    expect(hex(sealed)).toBe(hex(independentlySealed(Buffer.from('text'))));
  });

  test('leaves the data key to its caller', () => {
    const ownKey = Buffer.from(dataKey);
    new ContentEncryptor(ownKey, parameters);
    new ContentEncryptor(ownKey, gcmContent);
    expect(hex(ownKey)).toBe(hex(dataKey));
  });

  test('refuses the commitment of another data key', async () => {
    const commitment = withFlippedBit(parameters.commitment, 27);
    const failure = await failureOf(() => new ContentEncryptor(dataKey, { ...parameters, commitment }));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([0, 16, 31, 33])('refuses a data key of %i bytes', async (lengthBytes) => {
    for (const content of [parameters, gcmContent]) {
      const failure = await failureOf(() => new ContentEncryptor(patternBytes(lengthBytes), content));
      expect(failure.code).toBe('DATA_KEY_INVALID');
    }
  });

  test('yields no empty chunk, and the tag as the last one', async () => {
    const chunks: Buffer[] = [];
    const content = inChunks(patternBytes(20), 0, 10, 0, 0, 10);
    for await (const chunk of new ContentEncryptor(dataKey, parameters).encrypt(content)) chunks.push(chunk);
    expect(chunks.map(({ length }) => length)).toEqual([10, 10, 16]);
  });

  test('refuses a second content, even while the first is under way', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    const first = encryptor.encrypt(inChunks(patternBytes(64), 32));
    const second = encryptor.encrypt(inChunks(patternBytes(64, 'other'), 32));
    await first.next();
    await expect(second.next()).rejects.toThrow('one content only');
    await expect(gather(encryptor.encrypt(inChunks(Buffer.alloc(0))))).rejects.toThrow('one content only');
  });

  test('refuses a second content after the first failed', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    await thrownBy(() => gather(encryptor.encrypt(inChunks(patternBytes(10)), 11)));
    await expect(gather(encryptor.encrypt(inChunks(patternBytes(11)), 11))).rejects.toThrow(
      'one content only',
    );
  });

  test('refuses a second content after the first was declared too long', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    await thrownBy(() => gather(encryptor.encrypt(inChunks(patternBytes(1)), maxContentBytes + 1)));
    await expect(gather(encryptor.encrypt(inChunks(patternBytes(1))))).rejects.toThrow('one content only');
  });

  test.each([
    ['shorter', 9],
    ['longer', 11],
    ['declared empty', 0],
  ])('ends without a tag where the content is %s than declared', async (_, declaredBytes) => {
    const chunks: Buffer[] = [];
    const failure = await failureOf(async () => {
      const encryptor = new ContentEncryptor(dataKey, parameters);
      for await (const chunk of encryptor.encrypt(inChunks(patternBytes(10)), declaredBytes)) {
        chunks.push(chunk);
      }
    });
    expect(failure.code).toBe('CONTENT_LENGTH_MISMATCH');
    expect(failure.message).toBe('the content does not have its declared length');
    expect(failure.fields).toEqual({ declaredBytes, seenBytes: 10 });
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
        const encryptor = new ContentEncryptor(dataKey, parameters);
        for await (const chunk of encryptor.encrypt(broken())) seen.push(chunk);
      })(),
    ).rejects.toThrow('the line went dead');
    expect(Buffer.concat(seen)).toHaveLength(40);
  });
});

describe('the longest content', () => {
  test.each([0, 1, 15, 16, 17, maxContentBytes])('has 16 bytes more when it is sealed: %i', (lengthBytes) => {
    expect(sealedLengthBytes(lengthBytes)).toBe(lengthBytes + 16);
  });

  test.each([maxContentBytes + 1, 2 ** 36, 2 ** 40])('refuses %i bytes', async (lengthBytes) => {
    const failure = await failureOf(() => sealedLengthBytes(lengthBytes));
    expect(failure.code).toBe('CONTENT_TOO_LONG');
    expect(failure.message).toBe('the content is too long for one sealed object');
    expect(failure.fields).toEqual({ lengthBytes, maxContentBytes });
  });

  test('is checked before the first byte is read', async () => {
    let wasRead = false;
    const content = async function* (): AsyncGenerator<Buffer> {
      wasRead = true;
      yield* inChunks(Buffer.alloc(1));
    };
    const encrypted = new ContentEncryptor(dataKey, parameters).encrypt(content(), maxContentBytes + 1);
    expect((await failureOf(() => encrypted.next())).code).toBe('CONTENT_TOO_LONG');
    expect(wasRead).toBe(false);
  });

  test('is checked while a content of unknown length is read', async () => {
    // A chunk that only claims its length stands for 64 GiB of them.
    const claimed = Object.defineProperty(Buffer.alloc(1), 'length', { value: maxContentBytes + 1 });
    const encrypted = new ContentEncryptor(dataKey, parameters).encrypt(inOnePiece(claimed));
    expect((await failureOf(() => encrypted.next())).code).toBe('CONTENT_TOO_LONG');
  });
});

describe('a message id', () => {
  test('has 28 bytes and is fresh every time', () => {
    const ids = new Set<string>();
    for (let count = 0; count < 200; count += 1) {
      const drawn = newContentParameters(dataKey, committingSuite);
      if (!('messageId' in drawn)) throw new Error('not committing');
      expect(drawn.messageId).toHaveLength(28);
      ids.add(hex(drawn.messageId));
    }
    expect(ids.size).toBe(200);
  });

  test('comes with the commitment of it and the data key, and with nothing else', () => {
    const drawn = newContentParameters(dataKey, committingSuite, (size) => patternBytes(size, 'drawn'));
    const drawnId = patternBytes(28, 'drawn');
    const commitment = deriveCommitment(dataKey, drawnId);
    expect(drawn).toEqual({ suite: committingSuite, messageId: drawnId, commitment });
  });

  test('of only zeros is refused', () => {
    expect(() => newContentParameters(dataKey, committingSuite, (size) => Buffer.alloc(size))).toThrow(
      'only zeros',
    );
  });

  test('with a single bit set is accepted', () => {
    const drawn = newContentParameters(dataKey, committingSuite, (size) => Buffer.alloc(size).fill(1, 27));
    expect(drawn).toMatchObject({ messageId: Buffer.alloc(28).fill(1, 27) });
  });
});

describe('an IV of V2', () => {
  test('has 12 bytes and is fresh every time', () => {
    const ivs = new Set<string>();
    for (let count = 0; count < 200; count += 1) {
      const drawn = newContentParameters(dataKey, gcmSuite);
      if (!('iv' in drawn)) throw new Error('no IV');
      expect(drawn.iv).toHaveLength(12);
      ivs.add(hex(drawn.iv));
    }
    expect(ivs.size).toBe(200);
  });

  test('comes with nothing else', () => {
    const drawn = newContentParameters(dataKey, gcmSuite, (size) => patternBytes(size, 'drawn'));
    expect(drawn).toEqual({ suite: gcmSuite, iv: patternBytes(12, 'drawn') });
  });

  test('of only zeros is refused', () => {
    expect(() => newContentParameters(dataKey, gcmSuite, (size) => Buffer.alloc(size))).toThrow('only zeros');
  });
});

describe('what a new content is encrypted with', () => {
  test('is not drawn for a suite that is only read', async () => {
    const failure = await failureOf(() => newContentParameters(dataKey, cbcSuite));
    expect([failure.code, failure.message]).toEqual([
      'CONFIGURATION_INVALID',
      'ALG_AES_256_CBC_IV16_NO_KDF is only read',
    ]);
  });

  test.each([0, 16, 31, 33])('is not drawn for a data key of %i bytes', async (lengthBytes) => {
    for (const suite of [committingSuite, gcmSuite, cbcSuite]) {
      const failure = await failureOf(() => newContentParameters(patternBytes(lengthBytes), suite));
      expect(failure.code).toBe('DATA_KEY_INVALID');
    }
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
