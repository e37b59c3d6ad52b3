import { readFile } from 'node:fs/promises';
import { SealdropError } from '../envelope/index.ts';
import type { DataKeyFile } from '../operations/data-key-file.ts';
import { openOfflineKeyring, type OfflineKeyring } from '../operations/offline-keyring.ts';
import { assertNoFile, writeVerifiedFile } from '../operations/verified-file.ts';
import { hasCode, toFileError } from './files/file-errors.ts';
import type { Io } from './io.ts';
import { passphraseOf, type PassphraseFlags } from './passphrase.ts';
import { parsePlace } from './place.ts';
import { UsageError } from './usage-error.ts';

/**
 * Opens what a cache holds, with no key service.
 *
 * @throws {@link UsageError}; {@link SealdropError} FILE_NOT_FOUND, …, DATA_KEY_CACHE_INVALID,
 *   DATA_KEY_CACHE_EXPIRED.
 */
export async function openOffline(path: string, flags: PassphraseFlags, io: Io): Promise<OfflineKeyring> {
  assertCachePath(path, '--offline');
  const bytes = await readFile(path).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  return openOfflineKeyring(bytes, await passphraseOf(flags, io, false));
}

/**
 * The early word, before anybody is asked for anything.
 *
 * @throws {@link UsageError}; {@link SealdropError} OUTPUT_EXISTS.
 */
export async function assertCacheMayStand(path: string, overwrite: boolean): Promise<void> {
  assertCachePath(path, '--cache');
  if (overwrite) return;
  await assertNoFile(path).catch((error: unknown) => {
    throw standsThere(error, path);
  });
}

/**
 * Writes a cache, for its owner alone: it comes to be when it is whole.
 *
 * @throws {@link SealdropError} OUTPUT_EXISTS, FILE_ACCESS_DENIED, DISK_FULL, …
 */
export async function writeCache(path: string, file: DataKeyFile, overwrite: boolean): Promise<void> {
  const content = [file.toBytes()];
  try {
    await writeVerifiedFile(path, inTurn(content), overwrite);
  } catch (error) {
    throw standsThere(error, path);
  }
}

/** With the object's name, where it is told of without one. */
export function namedWhereNotCached(error: unknown, place: string): unknown {
  if (!(error instanceof SealdropError && error.code === 'DATA_KEY_NOT_CACHED')) return error;
  const { code, message, fields, hint } = error;
  return new SealdropError(code, `${place}: ${message}`, { fields, hint });
}

function assertCachePath(path: string, option: string): void {
  const place = parsePlace(path);
  if (place.kind === 'file' && !place.isTree) return;
  throw new UsageError(`${option} is a file on this machine, and "${path}" is none`, 'name a local file');
}

function standsThere(error: unknown, path: string): SealdropError {
  if (!hasCode(error, 'EEXIST')) return toFileError(error, path);
  return new SealdropError('OUTPUT_EXISTS', `${path}: something stands there already`, {
    hint: 'name another file, or say that this cache may be replaced (--overwrite)',
  });
}

async function* inTurn(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield* chunks;
}
