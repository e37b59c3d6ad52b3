import { createDecipheriv, type Decipheriv } from 'node:crypto';
import { cut, type ByteRange } from './byte-range.ts';
import { withContentKey } from './content-key.ts';
import type { ContentParameters } from './envelope.ts';
import { authenticationFailure, SealdropError } from './errors.ts';
import { cbcSuite, type AlgorithmSuite } from './suite.ts';

const blockBytes = 16;
/** GCM counts from 1 and spends the first count on the tag. */
const firstContentCounter = 2;

/**
 * Decrypts a range of one object's content by AES-CTR, the cipher inside GCM. **What it yields is never
 * authenticated**: whoever can write the object can flip its bits unseen. The commitment is verified.
 *
 * Spec: decryption.md#ranged-gets
 */
export class RangeDecryptor {
  readonly suite: AlgorithmSuite;
  readonly #decipher: Decipheriv;
  readonly #sealedOffset: number;
  #used = false;

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @param sealedOffset - the position, in the sealed content, of the first byte that will be handed in
   * @throws {@link SealdropError} AUTHENTICATION_FAILED where the commitment is of another data key, or the
   *   offset beyond any content; DATA_KEY_INVALID; RANGE_INVALID with CBC.
   */
  constructor(dataKey: Uint8Array, content: ContentParameters, sealedOffset: number) {
    this.suite = content.suite;
    if (content.suite === cbcSuite) {
      throw new SealdropError('RANGE_INVALID', `a range of ${cbcSuite.name} is no range of GCM`);
    }
    // A counter beyond the longest content does not exist: the answer's range is not of this object.
    if (sealedOffset >= content.suite.maxContentBytes) throw authenticationFailure();
    this.#sealedOffset = sealedOffset;
    const firstBlock = Math.floor(sealedOffset / blockBytes);
    this.#decipher = withContentKey(dataKey, content, ({ key, iv }) =>
      createDecipheriv('aes-256-ctr', key, counterBlock(iv, firstBlock)),
    );
    // A stream that begins inside a block begins inside its key stream.
    this.#decipher.update(Buffer.alloc(sealedOffset % blockBytes));
  }

  /**
   * The plaintext of the range, **unauthenticated**.
   *
   * @param sealed - the sealed content from the offset on, at least to the end of the range
   * @throws {@link SealdropError} AUTHENTICATION_FAILED where `sealed` ends too early, and what it throws.
   */
  async *decryptUnauthenticated(sealed: AsyncIterable<Uint8Array>, range: ByteRange): AsyncGenerator<Buffer> {
    if (this.#used) throw new Error('a decryptor decrypts once: start to open the range again');
    this.#used = true;
    yield* cut(this.#decrypt(sealed), this.#sealedOffset, range);
  }

  async *#decrypt(sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    for await (const chunk of sealed) yield this.#decipher.update(chunk);
  }
}

/** The counter block of the content's block `index`: the IV, then the count in 4 bytes. */
function counterBlock(iv: Uint8Array, index: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.set(iv);
  block.writeUInt32BE(index + firstContentCounter, iv.length);
  return block;
}
