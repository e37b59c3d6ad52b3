import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
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
  const { object, opened, decryptor } = await start(address, options);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await pipeline(
      decryptor.decryptUnverified(options.store.read(object, options.signal)),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600 }),
    );
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
  const lengthBytes = contentLengthBytes(object.lengthBytes);
  const decryptor = await startOpen(keyring, object.metadata, contextOf(vault, address.key), signal);
  const opened = {
    address: object.address,
    contentLengthBytes: lengthBytes,
    metadata: withoutRecords(withoutEnvelope(object.metadata)),
    headers: object.headers,
  };
  return { object, opened, decryptor };
}

function withoutRecords(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(recordPrefix)));
}
