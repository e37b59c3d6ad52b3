import { createCipheriv, randomBytes, type CipherGCM } from 'node:crypto';
import { SealdropError } from './errors.ts';
import { deriveCommitment, deriveContentKey } from './key-derivation.ts';
import { committingSuite } from './suite.ts';

const { maxContentBytes, tagBytes } = committingSuite;

/**
 * The length of the sealed content, in bytes, for a plaintext length in bytes.
 *
 * @throws {@link SealdropError} CONTENT_TOO_LONG over 2^36 - 32 bytes.
 */
export function sealedLengthBytes(contentLengthBytes: number): number {
  if (contentLengthBytes > maxContentBytes) throw contentTooLong(contentLengthBytes);
  return contentLengthBytes + tagBytes;
}

/**
 * A fresh message id: 28 random bytes.
 *
 * Spec: encryption.md#content-encryption, encryption.md#cipher-initialization
 *
 * @param random - the source of randomness, which only a test replaces
 * @throws Error where the source returned only zeros, which means that it is broken.
 */
export function newMessageId(random: (size: number) => Buffer = randomBytes): Buffer {
  const messageId = random(committingSuite.messageIdBytes);
  if (messageId.every((byte) => byte === 0)) throw new Error('the source of randomness returned only zeros');
  return messageId;
}

/**
 * Encrypts the content of one object, once. The IV is constant, so a pair of data key and message id must
 * never encrypt two different contents: an instance encrypts one content and then refuses.
 *
 * Spec: encryption.md#alg_aes_256_gcm_hkdf_sha512_commit_key
 */
export class ContentEncryptor {
  readonly messageId: Uint8Array;
  readonly commitment: Uint8Array;
  readonly #cipher: CipherGCM;
  #used = false;

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @param messageId - fresh for every object; only known-answer tests pass one
   */
  constructor(dataKey: Uint8Array, messageId: Uint8Array = newMessageId()) {
    this.messageId = messageId;
    this.commitment = deriveCommitment(dataKey, messageId);
    const contentKey = deriveContentKey(dataKey, messageId);
    try {
      this.#cipher = createCipheriv(committingSuite.cipher, contentKey, committingSuite.iv, {
        authTagLength: tagBytes,
      });
      this.#cipher.setAAD(committingSuite.idBytes);
    } finally {
      contentKey.fill(0);
    }
  }

  /**
   * The sealed content: the ciphertext, then the tag of 16 bytes.
   *
   * @param content - the plaintext; its chunks may have any length
   * @param contentLengthBytes - the plaintext's length where it is known: it is then checked, the limit
   *   before the first byte and the rest at the end
   * @throws {@link SealdropError} CONTENT_TOO_LONG, CONTENT_LENGTH_MISMATCH, and whatever `content` throws.
   */
  async *encrypt(content: AsyncIterable<Uint8Array>, contentLengthBytes?: number): AsyncGenerator<Buffer> {
    if (this.#used) throw new Error('a message id encrypts one content only: make another ContentEncryptor');
    this.#used = true;
    if ((contentLengthBytes ?? 0) > maxContentBytes) throw contentTooLong(contentLengthBytes);

    let seenBytes = 0;
    for await (const chunk of content) {
      seenBytes += chunk.length;
      if (seenBytes > maxContentBytes) throw contentTooLong(seenBytes);
      if (chunk.length > 0) yield this.#cipher.update(chunk);
    }
    if (contentLengthBytes !== undefined && seenBytes !== contentLengthBytes) {
      throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the content does not have its declared length', {
        fields: { declaredBytes: contentLengthBytes, seenBytes },
      });
    }
    yield Buffer.concat([this.#cipher.final(), this.#cipher.getAuthTag()]);
  }
}

function contentTooLong(lengthBytes: number | undefined): SealdropError {
  return new SealdropError('CONTENT_TOO_LONG', 'the content is too long for one sealed object', {
    fields: { lengthBytes, maxContentBytes },
  });
}
