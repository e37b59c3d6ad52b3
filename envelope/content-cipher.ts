import {
  createCipheriv,
  createDecipheriv,
  type CipherGCM,
  type CipherKey,
  type DecipherGCM,
} from 'node:crypto';

/** What AES-256-GCM takes. The caller owns the key, and zero-fills it as soon as the cipher is made. */
export interface CipherInputs {
  /** 32 bytes. */
  readonly key: CipherKey;
  /** 12 bytes. */
  readonly iv: Uint8Array;
  /** Authenticated beside the content; none where it is left out. */
  readonly aad?: Uint8Array;
}

const cipherName = 'aes-256-gcm';
/** All that the format writes: a shorter tag would be easier to forge. */
const options = { authTagLength: 16 };
const ivBytes = 12;

/**
 * AES-256-GCM with a tag of 16 bytes, to encrypt.
 *
 * @throws RangeError for a key or an IV of another length.
 */
export function createContentCipher(inputs: CipherInputs): CipherGCM {
  assertIv(inputs.iv);
  const cipher = createCipheriv(cipherName, inputs.key, inputs.iv, options);
  if (inputs.aad !== undefined) cipher.setAAD(inputs.aad);
  return cipher;
}

/**
 * AES-256-GCM with a tag of 16 bytes, to decrypt.
 *
 * @throws RangeError for a key or an IV of another length.
 */
export function createContentDecipher(inputs: CipherInputs): DecipherGCM {
  assertIv(inputs.iv);
  const decipher = createDecipheriv(cipherName, inputs.key, inputs.iv, options);
  if (inputs.aad !== undefined) decipher.setAAD(inputs.aad);
  return decipher;
}

/** OpenSSL takes IVs of other lengths too, and hashes them. */
function assertIv(iv: Uint8Array): void {
  if (iv.length !== ivBytes) throw new RangeError(`the IV must have ${ivBytes} bytes`);
}
