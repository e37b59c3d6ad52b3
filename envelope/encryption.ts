import { randomBytes, type CipherGCM } from 'node:crypto';
import { createContentCipher } from './content-cipher.ts';
import { assertDataKey, withContentKey } from './content-key.ts';
import type { ContentParameters } from './envelope.ts';
import { SealdropError } from './errors.ts';
import { deriveCommitment } from './key-derivation.ts';
import { committingSuite, gcmSuite, type AlgorithmSuite } from './suite.ts';

/** Both suites that encrypt are GCM: the same limit, the same tag. */
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
 * Draws the message id or the IV of a new object, and derives the commitment where the suite has one.
 *
 * Spec: encryption.md#content-encryption, encryption.md#cipher-initialization
 *
 * @param dataKey - the caller's own, who zero-fills it
 * @param random - the source of randomness, which only a test replaces
 * @throws {@link SealdropError} DATA_KEY_INVALID; CONFIGURATION_INVALID for a suite that is only read.
 * @throws Error where the source returned only zeros, which means that it is broken.
 */
export function newContentParameters(
  dataKey: Uint8Array,
  suite: AlgorithmSuite,
  random: (size: number) => Buffer = randomBytes,
): ContentParameters {
  assertDataKey(dataKey, suite);
  if (suite.isCommitting) {
    const messageId = nonZero(random(suite.messageIdBytes));
    return { suite, messageId, commitment: deriveCommitment(dataKey, messageId) };
  }
  if (suite !== gcmSuite) throw new SealdropError('CONFIGURATION_INVALID', `${suite.name} is only read`);
  return { suite, iv: nonZero(random(suite.ivBytes)) };
}

function nonZero(bytes: Buffer): Buffer {
  if (bytes.every((byte) => byte === 0)) throw new Error('the source of randomness returned only zeros');
  return bytes;
}

/**
 * Encrypts the content of one object, once. The IV follows from the parameters, so a data key and parameters
 * must never encrypt two different contents: an instance encrypts one content and then refuses.
 *
 * Spec: encryption.md#alg_aes_256_gcm_hkdf_sha512_commit_key, #alg_aes_256_gcm_iv12_tag16_no_kdf
 */
export class ContentEncryptor {
  readonly #cipher: CipherGCM;
  #seenBytes = 0;
  #state: 'new' | 'started' | 'ended' = 'new';

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @param content - as {@link newContentParameters} made them; only known-answer tests make their own
   */
  constructor(dataKey: Uint8Array, content: ContentParameters) {
    this.#cipher = withContentKey(dataKey, content, createContentCipher);
  }

  /**
   * Encrypts the content's next bytes, for callers that hand it over piece by piece.
   *
   * @throws {@link SealdropError} CONTENT_TOO_LONG
   */
  update(bytes: Uint8Array): Buffer {
    if (this.#state === 'ended') throw usedTwice();
    this.#state = 'started';
    this.#seenBytes += bytes.length;
    if (this.#seenBytes > maxContentBytes) throw contentTooLong(this.#seenBytes);
    return this.#cipher.update(bytes);
  }

  /** Ends the content, and returns its tag of 16 bytes. */
  final(): Buffer {
    if (this.#state === 'ended') throw usedTwice();
    this.#state = 'ended';
    this.#cipher.final();
    return this.#cipher.getAuthTag();
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
    if (this.#state !== 'new') throw usedTwice();
    this.#state = 'started';
    if (contentLengthBytes !== undefined) sealedLengthBytes(contentLengthBytes);
    for await (const chunk of content) {
      if (chunk.length > 0) yield this.update(chunk);
    }
    if (contentLengthBytes !== undefined && this.#seenBytes !== contentLengthBytes) {
      throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the content does not have its declared length', {
        fields: { declaredBytes: contentLengthBytes, seenBytes: this.#seenBytes },
      });
    }
    yield this.final();
  }
}

function usedTwice(): Error {
  return new Error('an encryptor encrypts one content only: start to seal another object');
}

function contentTooLong(lengthBytes: number): SealdropError {
  return new SealdropError('CONTENT_TOO_LONG', 'the content is too long for one sealed object', {
    fields: { lengthBytes, maxContentBytes },
  });
}
