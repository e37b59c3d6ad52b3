import { randomBytes } from 'node:crypto';
import { futimesSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { closeFile, linkFile, openFile, renameFile, unlinkFile, writeToFile } from './file-calls.ts';

const writeSizeBytes = 1024 * 1024;

/** The longest name that still has room for the ending of a temporary file: file systems take 255 bytes. */
const maxKeptNameBytes = 200;

/** What a written file is given besides its content. */
export interface VerifiedFileOptions {
  /**
   * The time of its last change.
   * @defaultValue now
   */
  readonly modified?: Date;
  /**
   * Its permissions, less the umask.
   * @defaultValue 0o600, its owner's alone
   */
  readonly mode?: number;
}

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
  options: VerifiedFileOptions = {},
): Promise<number> {
  return withPartialFile(path, plaintext, options, async (partial, lengthBytes) => {
    await takeName(partial, path, overwrite);
    return lengthBytes;
  });
}

/**
 * Writes content to a temporary file beside `path`, and hands that file over. It is gone afterwards, unless it
 * {@link takeName | took a name}. When it reaches the disk is up to the system, as with every copy:
 * what it was made from is still there.
 *
 * @param use - gets the temporary file's path and the number of bytes in it
 * @throws what `content` and `use` throw, and the file system's own errors.
 */
export async function withPartialFile<Result>(
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: VerifiedFileOptions,
  use: (partial: string, lengthBytes: number) => Promise<Result>,
): Promise<Result> {
  const partial = partialPathOf(path);
  try {
    return await use(partial, await writeNewFile(partial, content, options));
  } finally {
    await remove(partial);
  }
}

/** How file systems answer that have no links: FAT, and some that are reached over a network. */
const withoutLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Gives a temporary file its name.
 *
 * @param overwrite - whether a file of that name may be replaced
 * @throws the file system's own errors: `EEXIST` where something is there and must not be replaced.
 */
export async function takeName(partial: string, path: string, overwrite: boolean): Promise<void> {
  if (overwrite) {
    await renameFile(partial, path);
    return;
  }
  await linkFile(partial, path).catch(async (error: unknown) => {
    if (!withoutLinks.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // The empty file keeps the name until the rename, which puts the content in its place.
    await closeFile(await openFile(path, 'wx'));
    await renameFile(partial, path).catch(async (failure: unknown) => {
      await remove(path);
      throw failure;
    });
  });
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

function partialPathOf(path: string): string {
  const name = basename(path);
  const kept = Buffer.byteLength(name) > maxKeptNameBytes ? 'sealdrop' : name;
  return join(dirname(path), `${kept}.${randomBytes(6).toString('hex')}.partial`);
}

/** `rm` would look at it twice before. A file that took a name by being renamed is gone already. */
async function remove(partial: string): Promise<void> {
  await unlinkFile(partial).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

/** A stream would open its file at a time of its own, perhaps after it was cleared away. */
async function writeNewFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { modified, mode = 0o600 }: VerifiedFileOptions,
): Promise<number> {
  const file = await openFile(path, 'wx', mode);
  try {
    let lengthBytes = 0;
    for await (const bytes of gathered(content)) {
      await writeToFile(file, bytes);
      lengthBytes += bytes.length;
    }
    // Known to the system without a look at the disk: a detour over another thread would cost more.
    if (modified !== undefined) futimesSync(file, modified, modified);
    return lengthBytes;
  } finally {
    await closeFile(file);
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
