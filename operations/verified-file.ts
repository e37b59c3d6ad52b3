import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';

const writeSizeBytes = 1024 * 1024;

/**
 * Writes a plaintext of any size to a file that comes to be only when all of it has been verified: until
 * then it goes to a temporary file beside it.
 *
 * @param plaintext - ends without an error only if it was verified
 * @param overwrite - whether a file of that name may be replaced
 * @returns the number of bytes
 * @throws what `plaintext` throws, and the file system's own errors (`EEXIST` where the file is there and
 *   must not be replaced). No file is left then.
 */
export async function writeVerifiedFile(
  path: string,
  plaintext: AsyncIterable<Uint8Array>,
  overwrite: boolean,
): Promise<number> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    const lengthBytes = await writeNewFile(temporary, plaintext);
    if (overwrite) await rename(temporary, path);
    else await link(temporary, path);
    return lengthBytes;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The early word; that nothing is replaced is up to {@link writeVerifiedFile}.
 *
 * @throws `EEXIST`
 */
export async function assertNoFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  throw Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), { code: 'EEXIST', path });
}

/** A stream would open its file at a time of its own, perhaps after it was cleared away. */
async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    let lengthBytes = 0;
    for await (const bytes of gathered(content)) {
      await file.writeFile(bytes);
      lengthBytes += bytes.length;
    }
    await file.sync();
    return lengthBytes;
  } finally {
    await file.close();
  }
}

/** Chunks come in small pieces; a call to the file system for each would cost more than their decryption. */
async function* gathered(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes < writeSizeBytes) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    lengthBytes = 0;
  }
  if (chunks.length > 0) yield Buffer.concat(chunks);
}
