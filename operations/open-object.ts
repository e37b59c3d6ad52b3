import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import {
  bufferLimitExceeded,
  contentLengthBytes,
  openBuffered,
  startOpen,
  withoutEnvelope,
  type ContentDecryptor,
  type Keyring,
  type Metadata,
} from '../envelope/index.ts';
import type { ContentHeaders, ObjectAddress, ObjectStore, StoredObject } from './object-store.ts';
import { recordPrefix } from './records.ts';
import { contextOf, type Vault } from './vault.ts';

/** What opening needs. The vault is the caller's own knowledge, not taken from the object. */
export interface OpenOptions {
  readonly store: ObjectStore;
  readonly keyring: Keyring;
  readonly vault: Vault;
  readonly signal?: AbortSignal;
}

/** What an opened object was stored with. */
export interface OpenedObject {
  /** The very version that was opened. */
  readonly address: ObjectAddress;
  readonly contentLengthBytes: number;
  /** The user's own metadata. */
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
}

/** The default limit for a plaintext that is held in memory until it is verified. */
export const defaultBufferLimitBytes: number = 64 * 1024 * 1024;

/**
 * Opens a sealed object in memory.
 *
 * @param limitBytes - the longest plaintext to hold; checked before a byte is read
 * @throws {@link SealdropError} BUFFER_LIMIT_EXCEEDED, what {@link startOpen} and {@link openBuffered} throw,
 *   and what the store throws. Nothing of the plaintext is released then.
 */
export async function openToBuffer(
  address: ObjectAddress,
  options: OpenOptions,
  limitBytes: number = defaultBufferLimitBytes,
): Promise<OpenedObject & { readonly content: Buffer }> {
  const { object, opened, decryptor } = await start(address, options);
  if (opened.contentLengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
  const content = await openBuffered(decryptor, options.store.read(object, options.signal), limitBytes);
  return { ...opened, content };
}

/**
 * Opens a sealed object of any size to a file: the plaintext goes to a temporary file beside it, which takes
 * the file's name only after the tag was verified.
 *
 * @param overwrite - whether a file of that name may be replaced
 * @throws as {@link openToBuffer}, and the file system's own errors (`EEXIST` where the file is there and
 *   must not be replaced). No file is left then.
 */
export async function openToFile(
  address: ObjectAddress,
  path: string,
  options: OpenOptions,
  overwrite = false,
): Promise<OpenedObject> {
  if (!overwrite) await assertNoFile(path);
  const { object, opened, decryptor } = await start(address, options);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await writeNewFile(temporary, decryptor.decryptUnverified(options.store.read(object, options.signal)));
    if (overwrite) await rename(temporary, path);
    else await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return opened;
}

async function start(
  address: ObjectAddress,
  { store, keyring, vault, signal }: OpenOptions,
): Promise<{ object: StoredObject; opened: OpenedObject; decryptor: ContentDecryptor }> {
  const object = await store.head(address, signal);
  const decryptor = await startOpen(keyring, object.metadata, contextOf(vault, address.key), signal);
  const opened = {
    address: object.address,
    contentLengthBytes: contentLengthBytes(object.lengthBytes),
    metadata: withoutRecords(withoutEnvelope(object.metadata)),
    headers: object.headers,
  };
  return { object, opened, decryptor };
}

/** A stream would open its file at a time of its own, perhaps after it was cleared away. */
async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The early word; that nothing is replaced is up to the link at the end. */
async function assertNoFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  throw Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), { code: 'EEXIST', path });
}

function withoutRecords(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(recordPrefix)));
}
