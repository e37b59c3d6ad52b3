import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const chunkBytes = 2 ** 20;

/** Writes a file of bytes that no one can compress. */
export async function writeSourceFile(path: string, lengthBytes: number): Promise<void> {
  await pipeline(Readable.from(noise(lengthBytes)), createWriteStream(path));
}

/** The SHA-256 of a file, in hex. */
export async function digestFile(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: chunkBytes }), digest);
  return digest.digest('hex');
}

function* noise(lengthBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', randomBytes(32), Buffer.alloc(16));
  for (let left = lengthBytes; left > 0; left -= chunkBytes)
    yield cipher.update(Buffer.alloc(Math.min(left, chunkBytes)));
}
