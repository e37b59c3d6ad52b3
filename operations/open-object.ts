import {
  bufferLimitExceeded,
  contentLengthBytes,
  openBuffered,
  startOpen,
  withoutEnvelope,
  type ContentDecryptor,
  type Keyring,
  type Metadata,
  type OpenPolicy,
} from '../envelope/index.ts';
import type { ContentHeaders, ObjectAddress, ObjectStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { readInstructionFile } from './read-instruction-file.ts';
import { withoutRecords } from './records.ts';
import { instructionFileKey } from './sealed-key.ts';
import { contextOf, type Vault } from './vault.ts';
import { assertNoFile, writeVerifiedFile } from './verified-file.ts';

/** What opening needs. The vault is the caller's own knowledge, not taken from the object. */
export interface OpenOptions extends OpenPolicy {
  readonly store: ObjectStore;
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
 * @param limitBytes - the longest plaintext to hold; checked before a byte is read
 * @throws {@link SealdropError} BUFFER_LIMIT_EXCEEDED, what {@link startOpen}, {@link openEnvelope} and
 *   {@link openBuffered} throw, and what the store throws. Nothing of the plaintext is released then.
 */
export async function openToBuffer(
  address: ObjectAddress,
  options: OpenOptions,
  limitBytes: number = defaultBufferLimitBytes,
): Promise<OpenedObject & { readonly content: Buffer }> {
  const { object, decryptor } = await start(address, options);
  const lengthBytes = contentLengthBytes(object.lengthBytes, decryptor.suite) ?? object.lengthBytes;
  if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
  const content = await openBuffered(decryptor, options.store.read(object, options.signal), limitBytes);
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
  const { object, decryptor } = await start(address, options);
  contentLengthBytes(object.lengthBytes, decryptor.suite);
  const plaintext = decryptor.decryptUnverified(options.store.read(object, options.signal));
  return opened(object, await writeVerifiedFile(path, plaintext, overwrite));
}

async function start(
  address: ObjectAddress,
  options: OpenOptions,
): Promise<{ object: StoredObject; decryptor: ContentDecryptor }> {
  const { store, keyring, vault, signal } = options;
  const object = await store.head(address, signal);
  const decryptor = await openEnvelope(
    {
      metadata: object.metadata,
      readInstructionFile: async (versionId) => {
        const key = instructionFileKey(address.key, options.instructionFileSuffix);
        return readInstructionFile(store, addressOf(address.bucket, key, versionId), signal);
      },
    },
    (envelope) =>
      startOpen(keyring, envelope, { ...options, expectedContext: contextOf(vault, address.key) }),
  );
  return { object, decryptor };
}

function addressOf(bucket: string, key: string, versionId: string | undefined): ObjectAddress {
  return versionId === undefined ? { bucket, key } : { bucket, key, versionId };
}

function opened({ address, metadata, headers }: StoredObject, lengthBytes: number): OpenedObject {
  return {
    address,
    contentLengthBytes: lengthBytes,
    metadata: withoutRecords(withoutEnvelope(metadata)),
    headers,
  };
}
