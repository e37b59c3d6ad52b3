import { describe, expect, test } from '@jest/globals';
import { ContentEncryptor } from '../../envelope/encryption.ts';
import { failureOf, gather, inChunks, patternBytes } from '../support/bytes.ts';
import { committingContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const parameters = committingContent(dataKey);
const maxContentBytes = 2 ** 36 - 32;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('encrypting piece by piece', () => {
  test.each([[[]], [[0]], [[1]], [[15, 1]], [[16, 17]], [[1, 0, 32]]])(
    'gives what encrypting at once gives, for pieces of %j bytes',
    async (sizes) => {
      const encryptor = new ContentEncryptor(dataKey, parameters);
      const content = patternBytes(sizes.reduce((sum, size) => sum + size, 0));
      const sealedAtOnce = await gather(new ContentEncryptor(dataKey, parameters).encrypt(inChunks(content)));
      const pieces: Buffer[] = [];
      let offset = 0;
      for (const size of sizes) {
        pieces.push(encryptor.update(content.subarray(offset, offset + size)));
        offset += size;
      }
      const tag = encryptor.final();
      expect(tag).toHaveLength(16);
      expect(hex(Buffer.concat([...pieces, tag]))).toBe(hex(sealedAtOnce));
    },
  );

  test('refuses everything after the end', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    encryptor.final();
    expect(() => encryptor.update(Buffer.alloc(1))).toThrow('one content only');
    expect(() => encryptor.final()).toThrow('one content only');
    await expect(gather(encryptor.encrypt(inChunks(Buffer.alloc(1))))).rejects.toThrow('one content only');
  });

  test('refuses a whole content after a piece, an empty one too', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    encryptor.update(Buffer.alloc(0));
    await expect(gather(encryptor.encrypt(inChunks(Buffer.alloc(1))))).rejects.toThrow('one content only');
  });

  test('refuses pieces after a whole content', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    await gather(encryptor.encrypt(inChunks(Buffer.alloc(1))));
    expect(() => encryptor.update(Buffer.alloc(1))).toThrow('one content only');
    expect(() => encryptor.final()).toThrow('one content only');
  });

  test('has the limit over all pieces together, and may reach it', async () => {
    const encryptor = new ContentEncryptor(dataKey, parameters);
    // A chunk that only claims its length stands for 64 GiB of them.
    encryptor.update(Object.defineProperty(Buffer.alloc(1), 'length', { value: maxContentBytes - 1 }));
    encryptor.update(Buffer.alloc(1));
    const failure = await failureOf(() => encryptor.update(Buffer.alloc(1)));
    expect(failure.code).toBe('CONTENT_TOO_LONG');
    expect(failure.fields).toEqual({ lengthBytes: maxContentBytes + 1, maxContentBytes });
  });
});
