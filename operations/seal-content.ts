import {
  committingSuite,
  sealedLengthBytes,
  splitEnvelope,
  startSeal,
  type AlgorithmSuite,
  type ContentEncryptor,
  type Keyring,
  type Metadata,
} from '../envelope/index.ts';
import { crc32Of } from './crc32.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertMetadataFits } from './metadata-limits.ts';
import type {
  ContentHeaders,
  KeptSettings,
  ObjectAddress,
  Tags,
  WritableStore,
  WriteCondition,
} from './object-store.ts';
import { instructionVersionEntry, versionIdPlaceholder, wrappingEntries } from './records.ts';
import { contextOf, type Vault } from './vault.ts';
import { writeInstructionFile } from './write-instruction-file.ts';

/** A plaintext, and what travels along with it. */
export interface ContentToSeal {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where it is known; it is then checked. */
  readonly lengthBytes?: number;
  /** The user's own, without reserved entries. */
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  readonly tags: Tags;
  /** The entries of this package that say where the content is from. */
  readonly records: Metadata;
  /**
   * How the sealed object is kept.
   * @defaultValue as the place keeps what nobody says anything about
   */
  readonly settings?: KeptSettings;
}

/** What sealing a content needs. */
export interface SealContentOptions {
  /** Where the sealed object goes. */
  readonly store: WritableStore;
  readonly keyring: Keyring;
  readonly vault: Vault;
  /**
   * As {@link suiteForSealing} returns it.
   * @defaultValue the committing suite
   */
  readonly suite?: AlgorithmSuite;
  /**
   * Whether the encrypted data key goes to an instruction file.
   * @defaultValue false
   */
  readonly instructionFiles?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A sealed object as it was sent. */
export interface SentObject {
  readonly sealed: ObjectAddress;
  readonly lengthBytes: number;
  readonly contentLengthBytes: number;
  readonly crc32: string;
  readonly metadata: Metadata;
}

/**
 * Seals one content under a new data key and message id, and writes it on a condition.
 *
 * @throws {@link SealdropError} METADATA_TOO_LARGE, CONTENT_TOO_LONG, CONTENT_LENGTH_MISMATCH,
 *   OBJECT_KEY_TOO_LONG, BUCKET_NOT_VERSIONED, OBJECT_CHANGED, what the body, the store and the keyring
 *   throw. No object is written then, but perhaps an instruction file that no object names.
 */
export async function sealContent(
  content: ContentToSeal,
  destination: ObjectAddress,
  condition: WriteCondition,
  options: SealContentOptions,
): Promise<SentObject> {
  const { store, signal } = options;
  assertCanSeal(content, destination, options);
  const { encryptor, metadata } = await startObject(content, destination, condition, options);
  const checksum = crc32Of(encryptor.encrypt(content.body, content.lengthBytes));
  const lengthBytes = content.lengthBytes === undefined ? undefined : sealedLengthBytes(content.lengthBytes);
  const sealed = await store.write(
    {
      ...destination,
      body: checksum.body,
      crc32: () => checksum.base64(),
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
      metadata,
      headers: content.headers,
      tags: content.tags,
      ...(content.settings === undefined ? {} : { settings: content.settings }),
      condition,
    },
    signal,
  );
  const sentBytes = checksum.lengthBytes();
  return {
    sealed,
    lengthBytes: sentBytes,
    contentLengthBytes: sentBytes - committingSuite.tagBytes,
    crc32: checksum.base64(),
    metadata,
  };
}

/**
 * Checks what can be told of a content before it has a data key, without a request.
 *
 * @throws {@link SealdropError} CONTENT_TOO_LONG; METADATA_TOO_LARGE where the metadata would be too large without
 *   an envelope, too; OBJECT_KEY_TOO_LONG where the key has no room for its instruction file.
 */
export function assertCanSeal(
  { lengthBytes, metadata, records }: Pick<ContentToSeal, 'lengthBytes' | 'metadata' | 'records'>,
  destination: ObjectAddress,
  { instructionFiles = false }: Pick<SealContentOptions, 'instructionFiles'>,
): void {
  if (lengthBytes !== undefined) sealedLengthBytes(lengthBytes);
  assertMetadataFits({ ...metadata, ...records });
  if (instructionFiles) instructionFileAddress(destination);
}

/** With instruction files, the file is written first: an object without its file could not be opened. */
async function startObject(
  content: ContentToSeal,
  destination: ObjectAddress,
  condition: WriteCondition,
  options: SealContentOptions,
): Promise<{ encryptor: ContentEncryptor; metadata: Metadata }> {
  const { store, keyring, vault, suite, signal, instructionFiles = false } = options;
  const context = contextOf(vault, destination.key);
  const seal = await startSeal(keyring, context, {
    ...(suite === undefined ? {} : { suite }),
    contentLengthBytes: content.lengthBytes,
    signal,
  });
  const { encryptor, wrapping } = seal;
  const own = { ...content.metadata, ...content.records };
  if (!instructionFiles) {
    return { encryptor, metadata: fitting({ ...own, ...wrappingEntries(wrapping), ...seal.metadata }) };
  }
  const { object, instructionFile } = splitEnvelope(seal.metadata);
  assertMetadataFits({ ...own, ...object, ...instructionVersionEntry(versionIdPlaceholder) });
  const fileAddress = instructionFileAddress(destination);
  const file = { entries: instructionFile, wrapping };
  const versionId = await writeInstructionFile(store, fileAddress, file, {
    object: { address: destination, condition },
    signal,
  });
  return { encryptor, metadata: fitting({ ...own, ...object, ...instructionVersionEntry(versionId) }) };
}

function fitting(metadata: Metadata): Metadata {
  assertMetadataFits(metadata);
  return metadata;
}
