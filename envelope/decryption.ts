import { createDecipheriv, type DecipherGCM } from 'node:crypto';
import { authenticationFailure, SealdropError } from './errors.ts';
import { verifyCommitment } from './key-commitment.ts';
import { deriveContentKey } from './key-derivation.ts';
import { committingSuite } from './suite.ts';

const { tagBytes } = committingSuite;

/**
 * The length of the plaintext, in bytes, for the length of the sealed content in bytes.
 *
 * @throws {@link SealdropError} AUTHENTICATION_FAILED where it is shorter than its tag.
 */
export function contentLengthBytes(sealedLengthBytes: number): number {
  if (sealedLengthBytes < tagBytes) throw authenticationFailure();
  return sealedLengthBytes - tagBytes;
}

/**
 * Decrypts the content of one object.
 *
 * Spec: decryption.md#decrypting-with-commitment, key-derivation.md#hkdf-operation
 */
export class ContentDecryptor {
  readonly #decipher: DecipherGCM;
  #used = false;

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @throws {@link SealdropError} AUTHENTICATION_FAILED where the commitment is of another data key.
   */
  constructor(dataKey: Uint8Array, messageId: Uint8Array, commitment: Uint8Array) {
    verifyCommitment(dataKey, messageId, commitment);
    const contentKey = deriveContentKey(dataKey, messageId);
    try {
      this.#decipher = createDecipheriv(committingSuite.cipher, contentKey, committingSuite.iv, {
        authTagLength: tagBytes,
      });
      this.#decipher.setAAD(committingSuite.idBytes);
    } finally {
      contentKey.fill(0);
    }
  }

  /**
   * The plaintext, **not yet authenticated**: what it yields may be used only after it has ended without an
   * error. {@link openBuffered} waits for that.
   *
   * @param sealed - the ciphertext and its tag, in chunks of any length
   * @throws {@link SealdropError} AUTHENTICATION_FAILED, and whatever `sealed` throws.
   */
  async *decryptUnverified(sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    if (this.#used) throw new Error('a decryptor decrypts once: start to open the object again');
    this.#used = true;
    // The tag is whatever the last 16 bytes turn out to be, so as many are always held back.
    let heldBack = Buffer.alloc(0);
    for await (const chunk of sealed) {
      const overflowBytes = heldBack.length + chunk.length - tagBytes;
      if (overflowBytes <= 0) {
        heldBack = Buffer.concat([heldBack, chunk]);
        continue;
      }
      const fromHeldBack = Math.min(overflowBytes, heldBack.length);
      const fromChunk = overflowBytes - fromHeldBack;
      if (fromHeldBack > 0) yield this.#decipher.update(heldBack.subarray(0, fromHeldBack));
      if (fromChunk > 0) yield this.#decipher.update(chunk.subarray(0, fromChunk));
      heldBack = Buffer.concat([heldBack.subarray(fromHeldBack), chunk.subarray(fromChunk)]);
    }
    this.#verifyTag(heldBack);
  }

  #verifyTag(tag: Buffer): void {
    if (tag.length !== tagBytes) throw authenticationFailure();
    this.#decipher.setAuthTag(tag);
    try {
      this.#decipher.final();
    } catch {
      throw authenticationFailure();
    }
  }
}

/**
 * The whole plaintext, released only after its tag was verified.
 *
 * @param limitBytes - the longest plaintext to hold in memory
 * @throws {@link SealdropError} AUTHENTICATION_FAILED, BUFFER_LIMIT_EXCEEDED, and whatever `sealed` throws;
 *   what was decrypted until then is zero-filled.
 */
export async function openBuffered(
  decryptor: ContentDecryptor,
  sealed: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  try {
    for await (const chunk of decryptor.decryptUnverified(sealed)) {
      chunks.push(chunk);
      lengthBytes += chunk.length;
      if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
    }
    return Buffer.concat(chunks);
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

/** The error of a plaintext that is longer than what may be held in memory. */
export function bufferLimitExceeded(limitBytes: number): SealdropError {
  return new SealdropError('BUFFER_LIMIT_EXCEEDED', 'the object is too long to be opened in memory', {
    fields: { limitBytes },
  });
}
