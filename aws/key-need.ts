import type { KMSClient } from '@aws-sdk/client-kms';
import {
  defaultInstructionFileSuffix,
  INSTRUCTION_FILE_MARK,
  maxInstructionFileBytes,
} from '../envelope/index.ts';
import { gather } from '../operations/gather.ts';
import { hasCode } from '../operations/has-code.ts';
import { instructionFileAddress } from '../operations/instruction-file-address.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from '../operations/object-store.ts';
import { recordedInstructionVersion } from '../operations/records.ts';
import type { RequestPace } from '../operations/request-pace.ts';
import {
  isOfAnEnvelope,
  wrappedKeysIn,
  wrappedKeysInFile,
  type WrappedKey,
} from '../operations/wrapped-keys.ts';
import { wrapsWith } from './wraps-with.ts';

/**
 * Whether a version of an object needs a key to be opened. `unclear`: there is something in the place of a data
 * key that KMS cannot tell of, or that nobody can read, or it is sealed and its data key is nowhere to be found.
 * `no-data-key`: there is nothing to open by any key, or its data key is in an instruction file, which is asked
 * about by itself.
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
  /** What an instruction file may be known by, besides `.instruction`, where it is not marked as one. */
  readonly instructionFileSuffixes?: readonly string[] | undefined;
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
  if (keys.length === 0) {
    const isElsewhere = isOfAnEnvelope(object.metadata);
    return !isElsewhere || (await hasInstructionFile(object, options)) ? 'no-data-key' : 'unclear';
  }
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
async function keysInFile(object: StoredObject, options: KeyNeedOptions): Promise<WrappedKey[]> {
  const { address, metadata, lengthBytes } = object;
  const isMarked = INSTRUCTION_FILE_MARK in metadata;
  const isNamed = suffixesOf(options).some((suffix) => address.key.endsWith(suffix));
  // Anybody's file may have such a name.
  if (!isMarked && (!isNamed || lengthBytes > maxInstructionFileBytes)) return [];
  return keysAt(address, options, isMarked);
}

async function keysAt(
  address: ObjectAddress,
  { store, signal }: KeyNeedOptions,
  isMarked: boolean,
): Promise<WrappedKey[]> {
  const { object, content } = await store.get(address, signal);
  if (object.lengthBytes > maxInstructionFileBytes) return isMarked ? wrappedKeysInFile('', true) : [];
  return wrappedKeysInFile((await gather(content)).toString(), isMarked);
}

/**
 * Whether there is an instruction file with a data key beside a sealed object: a sweep meets its versions by
 * themselves. It is looked for by every suffix, and in the version that the object records.
 */
async function hasInstructionFile(
  { address, metadata }: StoredObject,
  options: KeyNeedOptions,
): Promise<boolean> {
  const current = suffixesOf(options).map((suffix) => ({ suffix, versionId: undefined }));
  const versionId = recordedInstructionVersion(metadata);
  const recorded = versionId === undefined ? [] : [{ suffix: undefined, versionId }];
  for (const choice of [...current, ...recorded]) {
    try {
      const file = instructionFileAddress(address, choice);
      if ((await keysAt(file, options, false)).length > 0) return true;
    } catch (error) {
      if (!hasCode(error, 'ENVELOPE_MALFORMED', 'OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG')) throw error;
    }
  }
  return false;
}

function suffixesOf({ instructionFileSuffixes = [] }: KeyNeedOptions): readonly string[] {
  return [...new Set([defaultInstructionFileSuffix, ...instructionFileSuffixes])];
}
