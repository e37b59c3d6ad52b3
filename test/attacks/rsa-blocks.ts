import { constants, createHash, publicEncrypt } from 'node:crypto';
import { rawRsaKeys } from './raw-keys.ts';

const modulusBytes = 256;
const hashBytes = 32;

/** A block for RSA that a sound padding would not have made, encrypted all the same. */
export function rawRsa(block: Buffer): Buffer {
  return publicEncrypt({ key: rawRsaKeys.publicKey, padding: constants.RSA_NO_PADDING }, block);
}

/** What the padding of RSA-OAEP is made of; each part can be made wrong. */
export interface OaepParts {
  readonly message: Buffer;
  readonly first?: number;
  readonly label?: Buffer;
  readonly filling?: number;
  readonly separator?: number;
}

/** A block of RSA-OAEP with SHA-256 for the label and SHA-1 for the masks. Source: RFC 8017, section 7.1.1. */
export function oaepMixedBlock({ message, first = 0, label, filling = 0, separator = 1 }: OaepParts): Buffer {
  const block = Buffer.alloc(modulusBytes - hashBytes - 1, filling);
  block.set(label ?? createHash('sha256').digest());
  block.set(message, block.length - message.length);
  block.writeUInt8(separator, block.length - message.length - 1);
  const seed = createHash('sha256').update(message).digest();
  const maskedBlock = exclusiveOr(block, mask(seed, block.length));
  const maskedSeed = exclusiveOr(seed, mask(maskedBlock, hashBytes));
  return Buffer.concat([Buffer.of(first), maskedSeed, maskedBlock]);
}

/** MGF1 with SHA-1. */
function mask(seed: Buffer, lengthBytes: number): Buffer {
  const blocks = [...Array(Math.ceil(lengthBytes / 20)).keys()].map((counter) =>
    createHash('sha1')
      .update(seed)
      .update(Buffer.of(0, 0, 0, counter))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

function exclusiveOr(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)));
}
