import { checkPrimeSync, createPrivateKey, type KeyObject } from 'node:crypto';
import { bytesOf } from './randomness.ts';

const primeBytes = 128;
const publicExponent = 65537n;

/** An RSA key of 2048 bits that follows from the label alone. It protects nothing. */
export function rsaKeyOf(label: string): KeyObject {
  const p = primeOf(`${label}/p`);
  const q = primeOf(`${label}/q`);
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const key = {
    kty: 'RSA',
    n: encoded(p * q),
    e: encoded(publicExponent),
    d: encoded(d),
    p: encoded(p),
    q: encoded(q),
    dp: encoded(d % (p - 1n)),
    dq: encoded(d % (q - 1n)),
    qi: encoded(inverse(q, p)),
  };
  return createPrivateKey({ key, format: 'jwk' });
}

/** The first prime from a number of the label on: odd, its two highest bits set. */
function primeOf(label: string): bigint {
  const start = bytesOf(label, primeBytes);
  start.writeUInt8(start.readUInt8(0) | 0xc0, 0);
  start.writeUInt8(start.readUInt8(primeBytes - 1) | 0x01, primeBytes - 1);
  let candidate = BigInt(`0x${start.toString('hex')}`);
  while (candidate % publicExponent === 1n || !checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

/** The inverse of a number modulo another, by Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, value % modulus];
  let [factor, nextFactor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return factor < 0n ? factor + modulus : factor;
}

function encoded(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
