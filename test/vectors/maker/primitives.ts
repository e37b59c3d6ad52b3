import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  publicEncrypt,
  type KeyObject,
} from 'node:crypto';
import { nonZeroBytesOf } from './randomness.ts';

/** The id of suite 0x0073, big-endian. */
const suiteId = Buffer.from('0073', 'hex');
/** The IV of suite 0x0073. */
const fixedIv = Buffer.alloc(12, 0x01);

/** HKDF with SHA-512 for one block of output, written out in HMAC. */
function derive(dataKey: Buffer, messageId: Buffer, label: string, lengthBytes: number): Buffer {
  const pseudorandomKey = createHmac('sha512', messageId).update(dataKey).digest();
  const info = Buffer.concat([suiteId, Buffer.from(label, 'ascii'), Buffer.of(1)]);
  return createHmac('sha512', pseudorandomKey).update(info).digest().subarray(0, lengthBytes);
}

/** The key commitment of suite 0x0073. */
export function commitmentOf(dataKey: Buffer, messageId: Buffer): Buffer {
  return derive(dataKey, messageId, 'COMMITKEY', 28);
}

/** The content under suite 0x0073: ciphertext, tag. */
export function encryptCommitting(dataKey: Buffer, messageId: Buffer, plaintext: Buffer): Buffer {
  return encryptGcm(derive(dataKey, messageId, 'DERIVEKEY', 32), fixedIv, plaintext, suiteId);
}

/** AES-GCM with a tag of 16 bytes: ciphertext, tag. */
export function encryptGcm(key: Buffer, iv: Buffer, plaintext: Buffer, aad: Buffer = Buffer.of()): Buffer {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** AES-CBC with padding to whole blocks. */
export function encryptCbc(key: Buffer, iv: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-cbc' : 'aes-256-cbc', key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** AES-256-ECB with padding to whole blocks, as the first clients wrapped data keys. */
export function encryptEcb(key: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** AES key wrap (RFC 3394), written out in single blocks. */
export function wrapKey(wrappingKey: Buffer, key: Buffer): Buffer {
  let check = Buffer.alloc(8, 0xa6);
  const blocks = Array.from({ length: key.length / 8 }, (_, at) => key.subarray(8 * at, 8 * at + 8));
  for (let round = 0; round < 6; round += 1) {
    for (const [at, block] of blocks.entries()) {
      const cipher = createCipheriv('aes-256-ecb', wrappingKey, null).setAutoPadding(false);
      const output = cipher.update(Buffer.concat([check, block]));
      check = Buffer.from(output.subarray(0, 8));
      check.writeUInt32BE((check.readUInt32BE(4) ^ (round * blocks.length + at + 1)) >>> 0, 4);
      blocks[at] = Buffer.from(output.subarray(8));
    }
  }
  return Buffer.concat([check, ...blocks]);
}

/** How RSA-OAEP encrypts. */
export interface OaepOptions {
  /** The hash of the label and of MGF1. */
  readonly hash?: 'sha1' | 'sha256';
  readonly label?: string;
  /** As random bytes: as long as the hash. */
  readonly seed: (lengthBytes: number) => Buffer;
}

/** RSA-OAEP (RFC 8017, 7.1.1), its padding written out, so that its randomness can be given. */
export function encryptOaep(key: KeyObject, message: Buffer, options: OaepOptions): Buffer {
  const { hash = 'sha1', label = '' } = options;
  const labelHash = createHash(hash).update(label).digest();
  const zeros = Buffer.alloc(modulusBytes(key) - 2 * labelHash.length - 2 - message.length);
  const block = Buffer.concat([labelHash, zeros, Buffer.of(1), message]);
  const seed = options.seed(labelHash.length);
  const maskedBlock = xor(block, mask(seed, block.length, hash));
  const maskedSeed = xor(seed, mask(maskedBlock, seed.length, hash));
  return rsa(key, Buffer.concat([Buffer.of(0), maskedSeed, maskedBlock]));
}

/** RSA with PKCS #1 v1.5 (RFC 8017, 7.2.1), likewise. */
export function encryptPkcs1(key: KeyObject, message: Buffer, label: string): Buffer {
  const padding = nonZeroBytesOf(label, modulusBytes(key) - 3 - message.length);
  return rsa(key, Buffer.concat([Buffer.of(0, 2), padding, Buffer.of(0), message]));
}

/** MGF1. */
function mask(seed: Buffer, lengthBytes: number, hash: string): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; blocks.length * 20 < lengthBytes; at += 1) {
    blocks.push(
      createHash(hash)
        .update(seed)
        .update(Buffer.of(0, 0, 0, at))
        .digest(),
    );
  }
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, at) => byte ^ other.readUInt8(at)));
}

function rsa(key: KeyObject, padded: Buffer): Buffer {
  return publicEncrypt({ key: createPublicKey(key), padding: constants.RSA_NO_PADDING }, padded);
}

function modulusBytes(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
}
