import { createHash } from 'node:crypto';
import { SealdropError } from '../../envelope/index.ts';

/** The lengths around the edges of a block and of a tag, in bytes. */
export const edgeLengths: readonly number[] = [0, 1, 15, 16, 17, 31, 32, 33, 1000, 100_003];

/** Bytes that look random and are the same on every run. */
export function patternBytes(lengthBytes: number, seed = 'pattern'): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < lengthBytes; block += 1) {
    blocks.push(createHash('sha512').update(`${seed}:${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

/** The bytes in chunks of these sizes, the last of them as long as it has to be. */
export async function* inChunks(bytes: Uint8Array, ...sizes: number[]): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const size of sizes) {
    yield Buffer.from(bytes.subarray(offset, offset + size));
    offset += size;
    await Promise.resolve();
  }
  if (offset < bytes.length) yield Buffer.from(bytes.subarray(offset));
}

/** All chunks of a body, as one. */
export async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Whether every byte is zero. */
export function isWiped(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A copy with one bit flipped, counted from the end where `offset` is negative. */
export function withFlippedBit(bytes: Uint8Array, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = offset < 0 ? copy.length + offset : offset;
  copy.writeUInt8(copy.readUInt8(at) ^ 0x01, at);
  return copy;
}

/** What the work threw; it is an error of the test where it threw nothing. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The {@link SealdropError} that the work threw. */
export async function failureOf(work: () => unknown): Promise<SealdropError> {
  const error = await thrownBy(work);
  if (error instanceof SealdropError) return error;
  throw new Error('something other than a SealdropError was thrown', { cause: error });
}
