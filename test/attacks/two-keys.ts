import { createCipheriv } from 'node:crypto';

// GCM does not commit to its key: with the keys known, one block of a ciphertext can be chosen so that one tag
// fits under two of them. This is what the key commitment is against.

/** The block of zeros under AES-256, and other single blocks. */
function encryptBlock(key: Uint8Array, block: Buffer): bigint {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return toField(Buffer.concat([cipher.update(block), cipher.final()]));
}

/** A block as an element of the field, its first bit the highest. */
function toField(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`);
}

function toBlock(element: bigint): Buffer {
  return Buffer.from(element.toString(16).padStart(32, '0'), 'hex');
}

const one = 1n << 127n;
const reduction = 0xe1n << 120n;

/** The product in the field of GCM. Source: NIST SP 800-38D, algorithm 1. */
function multiply(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y];
  for (let bit = one; bit > 0n; bit >>= 1n) {
    if ((x & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ reduction;
  }
  return product;
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [one, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

/** The inverse of what is not zero. */
function inverse(element: bigint): bigint {
  return power(element, (1n << 128n) - 2n);
}

/** What a content is encrypted with, but for its key. */
interface Parameters {
  readonly iv: Uint8Array;
  /** At most a block. */
  readonly aad?: Uint8Array;
}

/**
 * A ciphertext and its tag that AES-256-GCM accepts under both keys.
 *
 * @param ciphertext - whole blocks; the last one is replaced
 */
export function sealedUnderBoth(
  keys: readonly [Uint8Array, Uint8Array],
  { iv, aad = Buffer.alloc(0) }: Parameters,
  ciphertext: Buffer,
): Buffer {
  const chosen = Buffer.from(ciphertext);
  const at = chosen.length - 16;
  chosen.fill(0, at);
  // The tag is a sum, and the chosen block enters it times H to the power of two: the length comes behind it.
  const [first, second] = keys.map((key) => ({
    tag: tagOf(key, iv, aad, chosen),
    factor: power(encryptBlock(key, Buffer.alloc(16)), 2n),
  }));
  if (first === undefined || second === undefined) throw new Error('two keys are needed');
  const block = multiply(first.tag ^ second.tag, inverse(first.factor ^ second.factor));
  chosen.set(toBlock(block), at);
  return Buffer.concat([chosen, toBlock(tagOf(keys[0], iv, aad, chosen))]);
}

/** The tag of a ciphertext. Source: NIST SP 800-38D, section 7.1. */
function tagOf(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, ciphertext: Buffer): bigint {
  const hashKey = encryptBlock(key, Buffer.alloc(16));
  const paddedAad = Buffer.concat([aad, Buffer.alloc((16 - (aad.length % 16)) % 16)]);
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(aad.length * 8), 0);
  lengths.writeBigUInt64BE(BigInt(ciphertext.length * 8), 8);
  const hashed = Buffer.concat([paddedAad, ciphertext, lengths]);
  let sum = 0n;
  for (let at = 0; at < hashed.length; at += 16) {
    sum = multiply(sum ^ toField(hashed.subarray(at, at + 16)), hashKey);
  }
  return sum ^ encryptBlock(key, Buffer.concat([iv, Buffer.of(0, 0, 0, 1)]));
}
