import { createCipheriv, createSecretKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createContentCipher, createContentDecipher } from '../../envelope/content-cipher.ts';
import { patternBytes, withFlippedBit } from '../support/bytes.ts';

const key = patternBytes(32, 'key');
const iv = patternBytes(12, 'iv');
const content = patternBytes(33);

function encrypted(inputs: Parameters<typeof createContentCipher>[0]): { text: string; tag: Buffer } {
  const cipher = createContentCipher(inputs);
  return {
    text: Buffer.concat([cipher.update(content), cipher.final()]).toString('hex'),
    tag: cipher.getAuthTag(),
  };
}

function independently(aad?: Uint8Array): { text: string; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  if (aad !== undefined) cipher.setAAD(aad);
  const text = Buffer.concat([cipher.update(content), cipher.final()]).toString('hex');
  return { text, tag: cipher.getAuthTag() };
}

describe('the cipher of a content', () => {
  test.each([undefined, Buffer.alloc(0), Buffer.of(0, 0x73)])('is AES-256-GCM: AAD %j', (aad) => {
    const inputs = aad === undefined ? { key, iv } : { key, iv, aad };
    expect(encrypted(inputs)).toEqual(independently(aad));
    expect(encrypted(inputs).tag).toHaveLength(16);
    expect(encrypted({ ...inputs, key: createSecretKey(key) })).toEqual(independently(aad));

    const decipher = createContentDecipher(inputs);
    decipher.setAuthTag(independently(aad).tag);
    const text = Buffer.from(independently(aad).text, 'hex');
    expect(Buffer.concat([decipher.update(text), decipher.final()]).toString('hex')).toBe(
      content.toString('hex'),
    );
  });

  test('opens under its AAD only', () => {
    const { text, tag } = independently(Buffer.of(1));
    for (const inputs of [
      { key, iv },
      { key, iv, aad: Buffer.of(2) },
    ]) {
      const decipher = createContentDecipher(inputs);
      decipher.setAuthTag(tag);
      decipher.update(Buffer.from(text, 'hex'));
      expect(() => decipher.final()).toThrow();
    }
  });

  test('opens with its tag only', () => {
    const { text, tag } = independently();
    const decipher = createContentDecipher({ key, iv });
    decipher.setAuthTag(withFlippedBit(tag, 15));
    decipher.update(Buffer.from(text, 'hex'));
    expect(() => decipher.final()).toThrow();
  });

  test.each([0, 4, 8, 12, 15, 17])('takes no tag of %i bytes', (lengthBytes) => {
    const tag = Buffer.concat([independently().tag, Buffer.alloc(1)]).subarray(0, lengthBytes);
    expect(() => createContentDecipher({ key, iv }).setAuthTag(tag)).toThrow();
  });

  test.each([0, 1, 11, 13, 16])('takes no IV of %i bytes', (lengthBytes) => {
    const inputs = { key, iv: patternBytes(lengthBytes) };
    expect(() => createContentCipher(inputs)).toThrow(new RangeError('the IV must have 12 bytes'));
    expect(() => createContentDecipher(inputs)).toThrow(new RangeError('the IV must have 12 bytes'));
  });

  test.each([0, 16, 24, 31, 33])('takes no key of %i bytes', (lengthBytes) => {
    const inputs = { key: patternBytes(lengthBytes), iv };
    expect(() => createContentCipher(inputs)).toThrow('Invalid key length');
    expect(() => createContentDecipher(inputs)).toThrow('Invalid key length');
  });
});
