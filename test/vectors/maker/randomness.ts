import { createHash } from 'node:crypto';

/** Bytes that look random, and follow from the label alone. */
export function bytesOf(label: string, lengthBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(lengthBytes / 32) }, (_, block) =>
    createHash('sha256').update(`sealdrop vectors/${label}/${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

/** The same, without a byte that is zero. */
export function nonZeroBytesOf(label: string, lengthBytes: number): Buffer {
  return Buffer.from(bytesOf(label, 2 * lengthBytes).filter((byte) => byte !== 0)).subarray(0, lengthBytes);
}
