import { createDecipheriv, type Decipheriv } from 'node:crypto';
import { resolveRange, type AnsweredRange, type ByteRange, type RequestedRange } from './byte-range.ts';
import { withContentKey } from './content-key.ts';
import { bufferLimitExceeded } from './decryption.ts';
import type { ContentParameters } from './envelope.ts';
import { authenticationFailure } from './errors.ts';

const blockBytes = 16;

/** A range that was opened. */
export interface OpenedRange {
  readonly content: Buffer;
  readonly range: ByteRange;
  /** The length of the whole plaintext; only the last block tells it. */
  readonly totalBytes?: number;
}

/**
 * Decrypts a range of one object's content by AES-CBC. **Nobody ever authenticates it.**
 *
 * Spec: decryption.md#ranged-gets, #cbc-decryption
 */
export class CbcRangeDecryptor {
  readonly #decipher: Decipheriv;
  #used = false;

  /**
   * @param dataKey - 32 bytes; the caller zero-fills it, which may be as soon as this returns
   * @throws {@link SealdropError} DATA_KEY_INVALID
   */
  constructor(dataKey: Uint8Array, content: ContentParameters) {
    this.#decipher = withContentKey(dataKey, content, ({ key, iv }) =>
      createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false),
    );
  }

  /**
   * Opens what a store answered to the {@link coveringRange} of a request. It is held in memory: only its end
   * tells how long it is.
   *
   * @param sealed - the bytes of the answered range
   * @throws {@link SealdropError} RANGE_INVALID, BUFFER_LIMIT_EXCEEDED; AUTHENTICATION_FAILED for what is no
   *   sequence of blocks, and for a padding that is none.
   */
  async openUnauthenticated(
    sealed: AsyncIterable<Uint8Array>,
    answered: AnsweredRange,
    requested: RequestedRange,
    limitBytes: number,
  ): Promise<OpenedRange> {
    if (this.#used) throw new Error('a decryptor decrypts once: start to open the range again');
    this.#used = true;
    const bytes = await gathered(sealed, limitBytes);
    if (bytes.length !== answered.last - answered.first + 1) throw authenticationFailure();
    const lead = -answered.first & (blockBytes - 1);
    const blocks = bytes.subarray(lead);
    if (answered.totalBytes % blockBytes !== 0 || blocks.length % blockBytes !== 0)
      throw authenticationFailure();
    const decrypted = this.#decipher.update(blocks);
    try {
      // The IV of a block is the block before it: without that one, the first block comes out as noise.
      const isFromStart = answered.first + lead === 0;
      const plain = isFromStart ? decrypted : decrypted.subarray(blockBytes);
      return slice(plain, isFromStart ? 0 : answered.first + lead + blockBytes, answered, requested);
    } finally {
      decrypted.fill(0);
    }
  }
}

/** @param offset - where, in the plaintext, the blocks begin */
function slice(
  plain: Buffer,
  offset: number,
  { last, totalBytes: sealedBytes }: AnsweredRange,
  requested: RequestedRange,
): OpenedRange {
  const hasEnd = last === sealedBytes - 1 && plain.length > 0;
  const totalBytes = hasEnd ? offset + plain.length - paddingBytes(plain) : undefined;
  const range = resolveRange(requested, totalBytes ?? sealedBytes);
  const content = Buffer.from(plain.subarray(Math.max(0, range.first - offset), range.last + 1 - offset));
  if (content.length !== range.last - range.first + 1) throw authenticationFailure();
  return totalBytes === undefined ? { content, range } : { content, range, totalBytes };
}

async function gathered(sealed: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of sealed) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
  }
  return Buffer.concat(chunks);
}

/** The length of the padding (PKCS #7): each of its bytes is that length. */
function paddingBytes(plain: Buffer): number {
  const count = Number(plain.at(-1));
  const isPadding = count >= 1 && count <= blockBytes && count <= plain.length;
  if (!isPadding || !plain.subarray(-count).every((byte) => byte === count)) throw authenticationFailure();
  return count;
}
