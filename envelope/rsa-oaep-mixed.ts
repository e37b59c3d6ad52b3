import { constants, createHash, privateDecrypt, timingSafeEqual, type KeyObject } from 'node:crypto';

const hashBytes = 32;
/** The hash of the label, which is empty. */
const labelHash = createHash('sha256').digest();

/**
 * RSA-OAEP with SHA-256 for the label and SHA-1 for the masks, as Java's
 * `RSA/ECB/OAEPWithSHA-256AndMGF1Padding` means it. Node offers one hash for both only, so the padding is
 * taken off here; every byte of it is looked at, whatever the others say.
 *
 * Spec: RFC 8017, section 7.1.2
 *
 * @returns the message, or nothing where the padding is bad
 * @throws Error where the ciphertext is longer than the modulus, or exceeds it.
 */
export function decryptOaepMixed(privateKey: KeyObject, ciphertext: Uint8Array): Buffer | undefined {
  const encoded = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
  const block = unmask(encoded);
  try {
    const paddingEnd = endOfPadding(block);
    const isLabel = timingSafeEqual(block.subarray(0, hashBytes), labelHash);
    const isPadded = Number(isLabel) & Number(encoded[0] === 0) & Number(paddingEnd >= 0);
    return isPadded === 1 ? Buffer.from(block.subarray(paddingEnd + 1)) : undefined;
  } finally {
    block.fill(0);
    encoded.fill(0);
  }
}

/** The data block: the label's hash, zeros, a one, the message. */
function unmask(encoded: Buffer): Buffer {
  const maskedSeed = encoded.subarray(1, 1 + hashBytes);
  const maskedBlock = encoded.subarray(1 + hashBytes);
  const seed = exclusiveOr(maskedSeed, mask(maskedBlock, hashBytes));
  const block = exclusiveOr(maskedBlock, mask(seed, maskedBlock.length));
  seed.fill(0);
  return block;
}

/** Where the one is that ends the zeros; negative where something else does. */
function endOfPadding(block: Buffer): number {
  let end = -1;
  let isBad = 0;
  for (let at = hashBytes; at < block.length; at += 1) {
    const byte = block[at];
    const isBefore = Number(end === -1);
    const isOne = Number(byte === 1);
    isBad |= isBefore & (1 - isOne) & Number(byte !== 0);
    end += isBefore & isOne ? at + 1 : 0;
  }
  return isBad === 1 ? -1 : end;
}

/** MGF1 with SHA-1. */
function mask(seed: Buffer, lengthBytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; blocks.length * 20 < lengthBytes; counter += 1) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    blocks.push(createHash('sha1').update(seed).update(count).digest());
  }
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

function exclusiveOr(left: Buffer, right: Buffer): Buffer {
  // One buffer, which the caller zero-fills: `map` would make another.
  const result = Buffer.alloc(left.length);
  for (const [at, byte] of left.entries()) result[at] = byte ^ Number(right[at]);
  return result;
}
