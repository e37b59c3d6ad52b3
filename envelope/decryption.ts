import { createDecipheriv, type Decipheriv, type DecipherGCM } from 'node:crypto';
import { createContentDecipher } from './content-cipher.ts';
import { withContentKey } from './content-key.ts';
import type { ContentParameters } from './envelope.ts';
import { authenticationFailure, SealdropError } from './errors.ts';
import { cbcSuite, type AlgorithmSuite } from './suite.ts';

const cbcBlockBytes = 16;

/**
 * The length of the plaintext, in bytes, for the length of the sealed content in bytes.
 *
 * @returns nothing where only decrypting tells it, as with CBC
 * @throws {@link SealdropError} AUTHENTICATION_FAILED for a length that the suite never writes.
 */
export function contentLengthBytes(sealedLengthBytes: number, suite: AlgorithmSuite): number | undefined {
  if (suite === cbcSuite) {
    if (sealedLengthBytes === 0 || sealedLengthBytes % cbcBlockBytes !== 0) throw authenticationFailure();
    return undefined;
  }
  if (sealedLengthBytes < suite.tagBytes) throw authenticationFailure();
  return sealedLengthBytes - suite.tagBytes;
}

/**
 * Decrypts the content of one object, once.
 *
 * Spec: decryption.md#content-decryption
 */
export class ContentDecryptor {
  readonly suite: AlgorithmSuite;
  readonly #decipher: Decipheriv;
  #used = false;

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @throws {@link SealdropError} AUTHENTICATION_FAILED where the commitment is of another data key,
   *   DATA_KEY_INVALID.
   */
  constructor(dataKey: Uint8Array, content: ContentParameters) {
    this.suite = content.suite;
    this.#decipher = withContentKey(dataKey, content, (inputs) =>
      content.suite === cbcSuite
        ? createDecipheriv('aes-256-cbc', inputs.key, inputs.iv)
        : createContentDecipher(inputs),
    );
  }

  /**
   * The plaintext, **not yet authenticated**: what it yields may be used only after it has ended without an
   * error. {@link openBuffered} waits for that. With CBC it is never authenticated.
   *
   * @param sealed - the ciphertext and its tag, in chunks of any length, which must not change once they were
   *   handed over
   * @throws {@link SealdropError} AUTHENTICATION_FAILED, and whatever `sealed` throws.
   */
  async *decryptUnverified(sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    if (this.#used) throw new Error('a decryptor decrypts once: start to open the object again');
    this.#used = true;
    const { tagBytes } = this.suite;
    // The tag is whatever the last bytes turn out to be: a chunk is decrypted when as many follow it.
    let held: Uint8Array = Buffer.alloc(0);
    for await (const chunk of sealed) {
      if (chunk.length >= tagBytes) {
        if (held.length > 0) yield this.#decipher.update(held);
        held = chunk;
        continue;
      }
      held = Buffer.concat([held, chunk]);
      if (held.length > tagBytes) yield this.#decipher.update(held.subarray(0, held.length - tagBytes));
      held = held.subarray(Math.max(0, held.length - tagBytes));
    }
    if (held.length > tagBytes) yield this.#decipher.update(held.subarray(0, held.length - tagBytes));
    const rest = this.#end(held.subarray(Math.max(0, held.length - tagBytes)));
    if (rest.length > 0) yield rest;
  }

  #end(tag: Uint8Array): Buffer {
    if (tag.length !== this.suite.tagBytes) throw authenticationFailure();
    try {
      if (tag.length > 0) (this.#decipher as DecipherGCM).setAuthTag(tag);
      return this.#decipher.final();
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
