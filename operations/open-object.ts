import {
  bufferLimitExceeded,
  contentLengthBytes,
  openBuffered,
  startOpen,
  type ContentDecryptor,
  type Keyring,
  type Metadata,
  type OpenPolicy,
} from '../envelope/index.ts';
import type {
  ContentHeaders,
  ObjectAddress,
  ReadableStore,
  StoredContent,
  StoredObject,
  WritableStore,
  WriteCondition,
} from './object-store.ts';
import { crc32Of } from './crc32.ts';
import { openStored } from './open-stored.ts';
import { usersMetadata } from './records.ts';
import { travellingTagsOf } from './travelling-tags.ts';
import { contextOf, type Vault } from './vault.ts';
import { assertNoFile, writeVerifiedFile } from './verified-file.ts';

/** What opening needs. The vault is the caller's own knowledge, not taken from the object. */
export interface OpenOptions extends OpenPolicy {
  readonly store: ReadableStore;
  readonly keyring: Keyring;
  readonly vault: Vault;
  /**
   * What the object's key takes for its instruction file, where it has one.
   * @defaultValue `.instruction`
   */
  readonly instructionFileSuffix?: string;
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
 * @param limitBytes - the longest plaintext to hold; checked before a byte is decrypted
 * @throws {@link SealdropError} BUFFER_LIMIT_EXCEEDED, what {@link startOpen}, {@link openStored} and
 *   {@link openBuffered} throw, and what the store throws. Nothing of the plaintext is released then.
 */
export async function openToBuffer(
  address: ObjectAddress,
  options: OpenOptions,
  limitBytes: number = defaultBufferLimitBytes,
): Promise<OpenedObject & { readonly content: Buffer }> {
  const { object, content: sealed, decryptor } = await start(address, options);
  const lengthBytes = contentLengthBytes(object.lengthBytes, decryptor.suite) ?? object.lengthBytes;
  if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
  const content = await openBuffered(decryptor, sealed, limitBytes);
  return { ...opened(object, content.length), content };
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
  const { object, plaintext } = await startPlaintext(address, options);
  return opened(object, await writeVerifiedFile(path, plaintext, overwrite));
}

/** Where an opened object goes, and what goes with it. */
export interface OpenToStoreOptions extends OpenOptions {
  /** A store that lets an object come to be only when all of it has arrived without an error. */
  readonly to: WritableStore;
  readonly condition: WriteCondition;
  /**
   * Whether the tags go along, as {@link travellingTagsOf} finds them.
   * @defaultValue false
   */
  readonly withTags?: boolean;
}

/**
 * Opens a sealed object of any size to another store, where the plaintext comes to be only after its tag was
 * verified. Content headers and the user's metadata go along.
 *
 * @throws as {@link openToBuffer}; {@link SealdropError} OBJECT_CHANGED where the condition does not hold.
 */
export async function openToStore(
  address: ObjectAddress,
  destination: ObjectAddress,
  options: OpenToStoreOptions,
): Promise<OpenedObject & { readonly written: ObjectAddress }> {
  const { store, signal } = options;
  const { object, plaintext, lengthBytes } = await startPlaintext(address, options);
  const { metadata, headers } = opened(object, 0);
  const checksum = crc32Of(plaintext);
  const written = await options.to.write(
    {
      ...destination,
      ...{ body: checksum.body, crc32: () => checksum.base64(), metadata, headers },
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
      ...(object.lastModified === undefined ? {} : { modified: object.lastModified }),
      tags: options.withTags === true ? await travellingTagsOf(store, object, signal) : {},
      condition: options.condition,
    },
    signal,
  );
  return { ...opened(object, checksum.lengthBytes()), written };
}

/**
 * Opens a sealed object piece by piece: **what is yielded is not yet authenticated**, and must not be used
 * before the end has come without an error.
 *
 * @throws as {@link openToBuffer}, some of it from the iteration.
 */
export async function openUnverified(
  address: ObjectAddress,
  options: OpenOptions,
): Promise<AsyncIterable<Buffer>> {
  return (await startPlaintext(address, options)).plaintext;
}

interface StartedPlaintext {
  readonly object: StoredObject;
  /** Not yet authenticated. */
  readonly plaintext: AsyncIterable<Buffer>;
  /** Where it is known before the end. */
  readonly lengthBytes: number | undefined;
}

async function startPlaintext(address: ObjectAddress, options: OpenOptions): Promise<StartedPlaintext> {
  const { object, content, decryptor } = await start(address, options);
  const lengthBytes = contentLengthBytes(object.lengthBytes, decryptor.suite);
  return { object, plaintext: decryptor.decryptUnverified(content), lengthBytes };
}

async function start(
  address: ObjectAddress,
  options: OpenOptions,
): Promise<StoredContent & { decryptor: ContentDecryptor }> {
  const { store, keyring, vault, signal } = options;
  const { object, content } = await store.get(address, signal);
  const choice = { suffix: options.instructionFileSuffix, signal };
  const decryptor = await openStored(store, object, choice, (envelope) =>
    startOpen(keyring, envelope, { ...options, expectedContext: contextOf(vault, address.key) }),
  );
  return { object, content, decryptor };
}

function opened({ address, metadata, headers }: StoredObject, lengthBytes: number): OpenedObject {
  return {
    address,
    contentLengthBytes: lengthBytes,
    metadata: usersMetadata(metadata),
    headers,
  };
}
