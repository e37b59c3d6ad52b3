import {
  defaultInstructionFileSuffix,
  mergeInstructionFile,
  reencryptEnvelope,
  splitEnvelope,
  withoutEnvelope,
  type DataKeyWrapper,
  type Metadata,
} from '../../envelope/index.ts';
import { instructionFileAddress } from '../../operations/instruction-file-address.ts';
import { assertCurrent } from '../../operations/is-current.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { requireOwnInstructionFile } from '../../operations/own-instruction-file.ts';
import type { StandingInstructionFile } from '../../operations/read-instruction-file.ts';
import { recordedInstructionVersion, withoutPublicKeyEntry } from '../../operations/records.ts';
import { retryWhileChanged } from '../../operations/retry-while-changed.ts';
import { assertNothingHidden } from '../../operations/rewrap-object.ts';
import { assertShareSuffix } from '../../operations/share-suffix.ts';
import { standingShare } from '../../operations/standing-share.ts';
import { conditionFrom, outputExists } from '../../operations/write-condition.ts';
import {
  rewriteInstructionFile,
  writeFurtherInstructionFile,
} from '../../operations/write-instruction-file.ts';
import { S3ObjectStore } from '../s3-object-store.ts';
import type { EncryptionSettings } from './settings.ts';

/** Which instruction file is re-encrypted, and for whom. */
export interface ReEncryptInstructionFileInput {
  readonly Bucket: string;
  readonly Key: string;
  /** Wraps the data key from now on: a keyring over a raw key. */
  readonly newKeyring: DataKeyWrapper;
  /**
   * Where the new wrapping goes: beside the object's own file under another suffix, or in its place.
   * @defaultValue `.instruction`, in its place
   */
  readonly instructionFileSuffix?: string;
  /**
   * Whether an instruction file that stands under another suffix is replaced.
   * @defaultValue false
   */
  readonly overwrite?: boolean;
}

/**
 * Wraps the data key of an object with an instruction file for another keyring; nothing of the content is read.
 *
 * Spec: client.md#optional-api-operations
 *
 * @throws {@link SealdropError} ENVELOPE_IN_METADATA, NOT_SEALED, INSTRUCTION_FILE_MISSING, INSTRUCTION_FILE_STALE,
 *   RESERVED_NAME and CONFIGURATION_INVALID for the suffix, NOT_AN_INSTRUCTION_FILE, OUTPUT_EXISTS, OBJECT_CHANGED,
 *   METADATA_HIDDEN where the own file is to be replaced;
 *   as {@link reencryptEnvelope}, and what S3 refuses.
 */
export async function reEncryptInstructionFile(
  settings: EncryptionSettings,
  input: ReEncryptInstructionFileInput,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { instructionFileSuffix: suffix = defaultInstructionFileSuffix } = input;
  const own = settings.instructionFileSuffix ?? defaultInstructionFileSuffix;
  if (suffix !== own) assertShareSuffix(suffix, own);
  const store = new S3ObjectStore({ client: settings.s3 });
  await retryWhileChanged(async () => {
    const object = await store.head({ bucket: input.Bucket, key: input.Key }, signal);
    const file = await requireOwnInstructionFile(object, { store, instructionFileSuffix: own, signal });
    if (suffix === own) assertNothingHidden(file.object);
    const entries = await reencrypted(settings, object, file, input.newKeyring, signal);
    if (suffix === own) await rewriteInPlace(store, file.object, entries, signal);
    else await writeBeside(object, entries, { store, suffix, overwrite: input.overwrite === true, signal });
  });
}

async function reencrypted(
  { keyring, openPolicy, contextFor }: EncryptionSettings,
  { address, metadata }: StoredObject,
  { entries }: StandingInstructionFile,
  wrapper: DataKeyWrapper,
  signal: AbortSignal | undefined,
): Promise<Metadata> {
  const envelope = await reencryptEnvelope(keyring, mergeInstructionFile(metadata, entries), wrapper, {
    ...openPolicy,
    ...{ expectedContext: contextFor(address.key), signal },
  });
  return { ...withoutEnvelope(entries), ...splitEnvelope(envelope).instructionFile };
}

/** What it says of the key that wrapped until now is kept no more than that wrapping. */
async function rewriteInPlace(
  store: S3ObjectStore,
  standing: StoredObject,
  entries: Metadata,
  signal: AbortSignal | undefined,
): Promise<void> {
  const metadata = withoutPublicKeyEntry(standing.metadata);
  await rewriteInstructionFile(store, { ...standing, metadata }, { entries }, signal);
}

/** Where the new wrapping goes, if not in the place of the own file. */
interface Beside {
  readonly store: S3ObjectStore;
  readonly suffix: string;
  readonly overwrite: boolean;
  readonly signal: AbortSignal | undefined;
}

async function writeBeside(
  object: StoredObject,
  entries: Metadata,
  { store, suffix, overwrite, signal }: Beside,
): Promise<void> {
  const { bucket, key } = object.address;
  const standing = await standingShare({ bucket, key }, { store, suffix, signal });
  if (standing !== undefined && !overwrite) throw outputExists(standing.object.address);
  await assertCurrent(store, object, signal);
  const address = instructionFileAddress({ bucket, key }, { suffix });
  const recordedVersion = recordedInstructionVersion(object.metadata);
  const condition = conditionFrom(standing?.object);
  await writeFurtherInstructionFile(store, address, condition, { entries, recordedVersion }, {}, signal);
}
