import type { KMSClient } from '@aws-sdk/client-kms';
import {
  defaultInstructionFileSuffix,
  INSTRUCTION_FILE_MARK,
  maxInstructionFileBytes,
} from '../envelope/index.ts';
import { hasCode } from '../operations/has-code.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from '../operations/object-store.ts';
import { readInstructionFile } from '../operations/read-instruction-file.ts';
import type { RequestPace } from '../operations/request-pace.ts';
import { wrappedKeysIn, type WrappedKey } from '../operations/wrapped-keys.ts';
import { wrapsWith } from './wraps-with.ts';

/**
 * Whether a version of an object needs a key to be opened. `unclear`: there is something in the place of a data
 * key that KMS cannot tell of, or that nobody can read. `no-data-key`: there is nothing to open by any key.
 */
export type KeyNeed = 'needed' | 'not-needed' | 'unclear' | 'no-data-key';

/** What was found out about a version. */
export interface NeedFinding {
  readonly need: KeyNeed;
  /** Whether its content cannot be read before it is restored. */
  readonly isArchived: boolean;
}

/** Whom to ask. */
export interface KeyNeedOptions {
  readonly store: ReadableStore;
  readonly client: KMSClient;
  /** Of the key in the client's Region. */
  readonly keyArn: string;
  readonly pace: RequestPace;
  /**
   * What an instruction file may be known by, where it is not marked as one.
   * @defaultValue `.instruction`
   */
  readonly instructionFileSuffix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out whether one version of an object, or of an instruction file, needs a key: by the word of KMS. What
 * its metadata says of the key that wrapped is not believed.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND where the version is gone, OBJECT_ARCHIVED for an instruction
 *   file that is, ACCESS_DENIED, and what the store and KMS throw.
 */
export async function keyNeedOf(version: ObjectAddress, options: KeyNeedOptions): Promise<NeedFinding> {
  const object = await options.store.head(version, options.signal);
  return { need: await needOf(object, options), isArchived: object.isArchived === true };
}

async function needOf(object: StoredObject, options: KeyNeedOptions): Promise<KeyNeed> {
  if ((object.hiddenEntries ?? 0) > 0) return 'unclear';
  const keys = await wrappedKeysOf(object, options);
  if (keys === undefined) return 'unclear';
  if (keys.length === 0) return 'no-data-key';
  const { client, keyArn, pace, signal } = options;
  const answers = await Promise.all(
    keys.map((key) => pace.inTurn(() => wrapsWith(client, keyArn, key, signal), signal)),
  );
  if (answers.includes('wraps')) return 'needed';
  return answers.includes('unclear') ? 'unclear' : 'not-needed';
}

/** All data keys that are with the version, wherever they stand; nothing where that cannot be told. */
async function wrappedKeysOf(
  object: StoredObject,
  options: KeyNeedOptions,
): Promise<WrappedKey[] | undefined> {
  try {
    return [...wrappedKeysIn(object.metadata), ...(await keysInFile(object, options))];
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED')) return undefined;
    throw error;
  }
}

/** The data keys in an instruction file: what is marked as one, or has a name like one. */
async function keysInFile(
  { address, metadata, lengthBytes }: StoredObject,
  { store, instructionFileSuffix = defaultInstructionFileSuffix, signal }: KeyNeedOptions,
): Promise<WrappedKey[]> {
  if (INSTRUCTION_FILE_MARK in metadata)
    return wrappedKeysIn(await readInstructionFile(store, address, signal));
  if (!address.key.endsWith(instructionFileSuffix) || lengthBytes > maxInstructionFileBytes) return [];
  try {
    return wrappedKeysIn(await readInstructionFile(store, address, signal));
  } catch (error) {
    // Anybody's file may have such a name.
    if (hasCode(error, 'ENVELOPE_MALFORMED')) return [];
    throw error;
  }
}
