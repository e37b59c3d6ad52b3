import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentLengthBytes, ContentDecryptor, openBuffered } from '../../envelope/decryption.ts';
import { ContentEncryptor } from '../../envelope/encryption.ts';
import { authenticationFailure } from '../../envelope/errors.ts';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';
import {
  edgeLengths,
  failureOf,
  gather,
  inChunks,
  isWiped,
  patternBytes,
  withFlippedBit,
} from '../support/bytes.ts';
import { cbcContent, committingContent, gcmContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const content = committingContent(dataKey);
const noLimit = Number.MAX_SAFE_INTEGER;

const decryptor = () => new ContentDecryptor(dataKey, content);
const seal = (plaintext: Buffer) =>
  gather(new ContentEncryptor(dataKey, content).encrypt(inChunks(plaintext, plaintext.length)));

describe('opening', () => {
  test.each(edgeLengths)('gives back %i bytes', async (lengthBytes) => {
    const plaintext = patternBytes(lengthBytes);
    const opened = await openBuffered(decryptor(), inChunks(await seal(plaintext)), noLimit);
    expect(opened.toString('hex')).toBe(plaintext.toString('hex'));
  });

  test('gives back the content whatever the chunks are, the tag split over several too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(80), fc.array(fc.nat(20), { maxLength: 20 }), async (length, sizes) => {
        const plaintext = patternBytes(length);
        const opened = await openBuffered(decryptor(), inChunks(await seal(plaintext), ...sizes), noLimit);
        expect(opened.toString('hex')).toBe(plaintext.toString('hex'));
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
    const commitment = withFlippedBit(content.commitment, 0);
    const failure = await failureOf(() => new ContentDecryptor(dataKey, { ...content, commitment }));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([0, 16, 31, 33])('refuses a data key of %i bytes', async (lengthBytes) => {
    const failure = await failureOf(() => new ContentDecryptor(patternBytes(lengthBytes), content));
    expect(failure.code).toBe('DATA_KEY_INVALID');
  });
});

describe('opening without a commitment', () => {
  test.each(edgeLengths)('gives back %i bytes of V2', async (lengthBytes) => {
    const sealed = gcmSealed(patternBytes(lengthBytes));
    const opened = await openBuffered(new ContentDecryptor(dataKey, gcmContent), inChunks(sealed), noLimit);
    expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
  });

  test.each(edgeLengths)('gives back %i bytes of CBC', async (lengthBytes) => {
    const sealed = cbcSealed(patternBytes(lengthBytes));
    const opened = await openBuffered(new ContentDecryptor(dataKey, cbcContent), inChunks(sealed), noLimit);
    expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
  });

  test('gives back the content whatever the chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(80), fc.array(fc.nat(20), { maxLength: 20 }), async (length, sizes) => {
        const plaintext = patternBytes(length);
        const [gcm, cbc] = [gcmSealed(plaintext), cbcSealed(plaintext)];
        const ofGcm = new ContentDecryptor(dataKey, gcmContent).decryptUnverified(inChunks(gcm, ...sizes));
        const ofCbc = new ContentDecryptor(dataKey, cbcContent).decryptUnverified(inChunks(cbc, ...sizes));
        expect((await gather(ofGcm)).toString('hex')).toBe(plaintext.toString('hex'));
        expect((await gather(ofCbc)).toString('hex')).toBe(plaintext.toString('hex'));
      }),
    );
  });

  test('refuses any flipped bit of V2', async () => {
    const sealed = gcmSealed(patternBytes(17));
    for (let at = 0; at < sealed.length; at += 1) {
      const decrypted = new ContentDecryptor(dataKey, gcmContent).decryptUnverified(
        inChunks(withFlippedBit(sealed, at)),
      );
      expect((await failureOf(() => gather(decrypted))).code).toBe('AUTHENTICATION_FAILED');
    }
  });

  test.each([
    ['empty', (sealed: Buffer) => sealed.subarray(0, 0)],
    ['cut by a byte', (sealed: Buffer) => sealed.subarray(0, -1)],
    ['one byte longer', (sealed: Buffer) => Buffer.concat([sealed, Buffer.of(0)])],
    ['cut to a block', (sealed: Buffer) => sealed.subarray(0, 16)],
    ['of another padding', (sealed: Buffer) => withFlippedBit(sealed, 31)],
  ])('refuses CBC that is %s with the one authentication failure', async (_, alter) => {
    const sealed = alter(cbcSealed(patternBytes(32)));
    const decrypted = new ContentDecryptor(dataKey, cbcContent).decryptUnverified(inChunks(sealed));
    expect(await failureOf(() => gather(decrypted))).toEqual(authenticationFailure());
  });

  test.each([[[32]], [[16, 16]], [[0, 20, 12]], [[8, 24]], [[16, 0, 16]], [[31, 1]], [[1, 31]]])(
    'yields no empty chunk of V2 for chunks of %j bytes',
    async (sizes) => {
      const sealed = inChunks(gcmSealed(patternBytes(16)), ...sizes);
      const lengths: number[] = [];
      const decrypted = new ContentDecryptor(dataKey, gcmContent).decryptUnverified(sealed);
      for await (const { length } of decrypted) lengths.push(length);
      expect(lengths).not.toContain(0);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(16);
    },
  );

  test.each([gcmContent, cbcContent])(
    'refuses a data key of another length: $suite.name',
    async (content) => {
      for (const lengthBytes of [0, 16, 31, 33]) {
        const failure = await failureOf(() => new ContentDecryptor(patternBytes(lengthBytes), content));
        expect(failure.code).toBe('DATA_KEY_INVALID');
      }
    },
  );
});

describe('a decryptor', () => {
  test('decrypts once', async () => {
    const sealed = await seal(patternBytes(20));
    const once = decryptor();
    await gather(once.decryptUnverified(inChunks(sealed)));
    await expect(gather(once.decryptUnverified(inChunks(sealed)))).rejects.toThrow('decrypts once');
  });

  test.each([content, gcmContent, cbcContent])('tells its suite: $suite.name', (each) => {
    expect(new ContentDecryptor(dataKey, each).suite).toBe(each.suite);
  });

  test('does not need the data key after it was made', async () => {
    for (const [each, sealed] of [
      [content, await seal(patternBytes(20))],
      [gcmContent, gcmSealed(patternBytes(20))],
      [cbcContent, cbcSealed(patternBytes(20))],
    ] as const) {
      const ownKey = Buffer.from(dataKey);
      const made = new ContentDecryptor(ownKey, each);
      ownKey.fill(0);
      const opened = await gather(made.decryptUnverified(inChunks(sealed)));
      expect(opened.toString('hex')).toBe(patternBytes(20).toString('hex'));
    }
  });
});

describe('opening in memory', () => {
  test('holds a content of exactly the limit, and no byte more', async () => {
    const sealed = await seal(patternBytes(32));
    await expect(openBuffered(decryptor(), inChunks(sealed), 32)).resolves.toHaveLength(32);
    const failure = await failureOf(() => openBuffered(decryptor(), inChunks(sealed), 31));
    expect(failure.code).toBe('BUFFER_LIMIT_EXCEEDED');
    expect(failure.message).toBe('the object is too long to be opened in memory');
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
    expect(contentLengthBytes(sealedBytes, committingSuite)).toBe(expected);
    expect(contentLengthBytes(sealedBytes, gcmSuite)).toBe(expected);
  });

  test.each([0, 1, 15])('of %i sealed bytes is an authentication failure at once', async (sealedBytes) => {
    for (const suite of [committingSuite, gcmSuite, cbcSuite]) {
      const failure = await failureOf(() => contentLengthBytes(sealedBytes, suite));
      expect(failure.code).toBe('AUTHENTICATION_FAILED');
    }
  });

  test.each([16, 32, 1024])('of %i sealed bytes of CBC is known to nobody', (sealedBytes) => {
    expect(contentLengthBytes(sealedBytes, cbcSuite)).toBeUndefined();
  });

  test.each([17, 31, 33, 1023])('is refused for %i sealed bytes of CBC', async (sealedBytes) => {
    const failure = await failureOf(() => contentLengthBytes(sealedBytes, cbcSuite));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });
});

function gcmSealed(plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dataKey, gcmContent.iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function cbcSealed(plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', dataKey, cbcContent.iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

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
