import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { SealdropError } from '../envelope/index.ts';
import { toFileError } from './files/file-errors.ts';

/** More than any key takes. */
const maxFileBytes = 64 * 1024;

/**
 * Reads the public key of whoever an object is shared with.
 *
 * @throws {@link SealdropError} CONFIGURATION_INVALID for a private key, a certificate and what is no key in PEM;
 *   FILE_NOT_FOUND, FILE_ACCESS_DENIED, FILE_FAILED.
 */
export async function readPublicKey(path: string): Promise<KeyObject> {
  const pem = await readPem(path);
  try {
    if (isOf(pem, 'PRIVATE KEY')) {
      throw notAKey(
        `${path} holds a private key`,
        'ask for the public key alone (openssl pkey -pubout): nobody else needs the other half',
      );
    }
    if (isOf(pem, 'CERTIFICATE')) {
      throw notAKey(
        `${path} holds a certificate`,
        'take the public key out of it: openssl x509 -pubkey -noout',
      );
    }
    return parsed(() => createPublicKey(pem)) ?? fail(path, 'public', 'PUBLIC KEY');
  } finally {
    pem.fill(0);
  }
}

/**
 * Reads a private key. What was read of the file is zero-filled; the key itself stays in the memory of OpenSSL until
 * it is collected.
 *
 * @throws {@link SealdropError} CONFIGURATION_INVALID for a public key, an encrypted one and what is no key in PEM;
 *   FILE_NOT_FOUND, FILE_ACCESS_DENIED, FILE_FAILED.
 */
export async function readPrivateKey(path: string): Promise<KeyObject> {
  const pem = await readPem(path);
  try {
    if (isOf(pem, 'PUBLIC KEY')) {
      throw notAKey(`${path} holds a public key, which opens nothing`, 'name the file of the private key');
    }
    if (isOf(pem, 'ENCRYPTED PRIVATE KEY') || pem.includes('Proc-Type: 4,ENCRYPTED')) {
      throw notAKey(
        `the private key in ${path} is encrypted`,
        'decrypt it into a file that nobody else reads: openssl pkey -in … -out …',
      );
    }
    return parsed(() => createPrivateKey(pem)) ?? fail(path, 'private', 'PRIVATE KEY');
  } finally {
    pem.fill(0);
  }
}

/** At most so much of the file as a key can be. */
async function readPem(path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(maxFileBytes + 1);
  try {
    const file = await open(path, 'r');
    try {
      const lengthBytes = await fill(buffer, file);
      if (lengthBytes > maxFileBytes)
        throw notAKey(`${path} is too long for a key`, 'name a PEM file with one key');
      return buffer.subarray(0, lengthBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    buffer.fill(0);
    throw error instanceof SealdropError ? error : toFileError(error, path);
  }
}

/** Reads on until the file ends: it may be a pipe, which has no positions and comes in pieces. */
async function fill(buffer: Buffer, file: FileHandle): Promise<number> {
  let lengthBytes = 0;
  while (lengthBytes < buffer.length) {
    const { bytesRead } = await file.read(buffer, lengthBytes, buffer.length - lengthBytes, null);
    if (bytesRead === 0) break;
    lengthBytes += bytesRead;
  }
  return lengthBytes;
}

/** Whether there is a block of this kind, whatever stands before the words: `RSA`, `EC`, `ENCRYPTED`. */
function isOf(pem: Buffer, kind: string): boolean {
  const at = pem.indexOf(`${kind}-----`);
  return at > 0 && pem.subarray(0, at).includes('-----BEGIN ');
}

/** What OpenSSL says of a key may quote it. */
function parsed(parse: () => KeyObject): KeyObject | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function fail(path: string, half: 'public' | 'private', block: string): never {
  throw notAKey(
    `${path} holds no ${half} key`,
    `name a PEM file that begins with "-----BEGIN ${block}-----"`,
  );
}

function notAKey(message: string, hint: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', message, { hint });
}
