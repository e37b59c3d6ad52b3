import { crc32 } from 'node:zlib';

/** A body that passes through, and its checksum once it has. */
export interface ChecksummedBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** The base64 CRC-32, big-endian as S3 has it, of what has passed so far. */
  base64(): string;
  /** How many bytes have passed so far. */
  lengthBytes(): number;
}

/** Computes the CRC-32 of a body while it passes. */
export function crc32Of(chunks: AsyncIterable<Uint8Array>): ChecksummedBody {
  let value = 0;
  let lengthBytes = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      value = crc32(chunk, value);
      lengthBytes += chunk.length;
      yield chunk;
    }
  }
  return {
    body: body(),
    base64: () => crc32Bytes(value).toString('base64'),
    lengthBytes: () => lengthBytes,
  };
}

/** A CRC-32 as S3 has it: four bytes, big-endian. */
export function crc32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
