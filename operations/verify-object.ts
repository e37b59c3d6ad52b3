import {
  assertOpenable,
  contentLengthBytes,
  mayHaveInstructionFile,
  SealdropError,
  startOpen,
  type Keyring,
  type Metadata,
  type OpenPolicy,
  type SealdropErrorCode,
  type StartOpenOptions,
} from '../envelope/index.ts';
import { envelopeSourceOf } from './envelope-source.ts';
import { findInstructionFile, isOfWrite } from './find-instruction-file.ts';
import { hasCode } from './has-code.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertCurrent, isCurrent } from './is-current.ts';
import type { ObjectAddress, StoredContent, StoredObject, WritableStore } from './object-store.ts';
import { openEnvelope, type EnvelopeSource } from './open-envelope.ts';
import {
  instructionFileIn,
  standingInstructionFileOf,
  type StandingInstructionFile,
} from './read-instruction-file.ts';
import { recordedInstructionVersion, recordedWrapping, withInstructionVersion } from './records.ts';
import { isOwnSuffix } from './share-suffix.ts';
import { isStaleShare } from './standing-share.ts';
import { contextOf, type Vault } from './vault.ts';
import {
  replaceInstructionFile,
  rewriteInstructionFile,
  type InstructionFile,
} from './write-instruction-file.ts';

/** How deep a verification goes, and what it knows. */
export interface VerifyOptions extends OpenPolicy {
  readonly store: WritableStore;
  readonly vault: Vault;
  /** Opens every object, without keeping a byte; without one, the envelopes alone are checked. */
  readonly keyring?: Keyring;
  /**
   * Whether an instruction file that does not open its object is replaced by the version that does, and one that
   * does, but does not say that it is the object's own, is made to say so.
   * @defaultValue false
   */
  readonly repair?: boolean;
  /** @defaultValue `.instruction` */
  readonly instructionFileSuffix?: string;
  readonly signal?: AbortSignal;
}

/** What a verification found out about one object. */
export type Verdict =
  { readonly status: 'sound' | 'repaired' } | { readonly status: 'finding'; readonly error: SealdropError };

/** What is wrong with the object itself; all else is a failure of looking at it. */
const findingCodes: readonly SealdropErrorCode[] = [
  'AUTHENTICATION_FAILED',
  'COMMITMENT_REQUIRED',
  'CONTEXT_MISMATCH',
  'DATA_KEY_INVALID',
  'ENVELOPE_MALFORMED',
  'ENVELOPE_UNSUPPORTED',
  'INSTRUCTION_FILE_MISSING',
  'INSTRUCTION_FILE_STALE',
  'KEY_MISMATCH',
  'LEGACY_CONTENT_DISABLED',
  'LEGACY_WRAPPING_DISABLED',
  'NOT_SEALED',
];

/**
 * Verifies one sealed object: that its envelope is whole, bound as expected and one that the reader accepts;
 * with a keyring, that it opens, to its last byte.
 *
 * Where it has an instruction file, the current one must do, since other clients know no other. An earlier
 * version of the object, which the address may name, has the file that it was written with: that one, too, is
 * taken, and nothing is repaired.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED where the object was replaced meanwhile, or another writer was
 *   faster with its file; BUCKET_NOT_VERSIONED where a repair would destroy a file; OBJECT_NOT_FOUND,
 *   ACCESS_DENIED, KEY_DISABLED, … where it could not be looked at.
 */
export async function verifyObject(address: ObjectAddress, options: VerifyOptions): Promise<Verdict> {
  try {
    const { keyring } = options;
    if (keyring === undefined) await verifyEnvelope(address, options);
    else return { status: await verifyContent(address, { ...options, keyring }) };
    return { status: 'sound' };
  } catch (error) {
    if (hasCode(error, ...findingCodes)) return { status: 'finding', error };
    throw error;
  }
}

async function verifyEnvelope(address: ObjectAddress, options: VerifyOptions): Promise<void> {
  const object = await options.store.head(address, options.signal);
  const source = (await isEarlier(address, object, options))
    ? withItsOwnFile(object, options)
    : withCurrentFile(object, async () => {
        const file = await standingInstructionFileOf(options.store, address, choiceOf(options));
        assertNotStaleShare(object, file.recordedVersion, options);
        return file.entries;
      });
  await openEnvelope(source, (envelope) => {
    assertOpenable(envelope, openOptions(address, options));
    contentLengthBytes(object.lengthBytes, envelope.content.suite);
    return Promise.resolve();
  });
}

type DeepOptions = VerifyOptions & { readonly keyring: Keyring };

async function verifyContent(address: ObjectAddress, options: DeepOptions): Promise<'sound' | 'repaired'> {
  const stored = await options.store.get(address, options.signal);
  if (!(await isEarlier(address, stored.object, options))) return verifyCurrent(stored, options);
  await openWhole(stored, withItsOwnFile(stored.object, options), options);
  return 'sound';
}

/** Verifies an object by its current instruction file, which the one that it records may replace. */
async function verifyCurrent(stored: StoredContent, options: DeepOptions): Promise<'sound' | 'repaired'> {
  const { object } = stored;
  let file: StoredObject | undefined;
  let entries: Metadata = {};
  const readCurrentFile = async (): Promise<Metadata> => {
    const found = await options.store.get(fileAddress(object, options), options.signal);
    file = found.object;
    assertNotStaleShare(object, recordedInstructionVersion(file.metadata), options);
    entries = await instructionFileIn(found);
    return entries;
  };
  try {
    await openWhole(stored, withCurrentFile(object, readCurrentFile), options);
  } catch (error) {
    if (!hasCode(error, ...findingCodes) || !mayHaveInstructionFile(object.metadata)) throw error;
    const recorded = await openingFile(object, options);
    // What was found is of no use where the object is not the one any more that its file is of.
    await assertCurrent(options.store, object, options.signal);
    if (recorded === undefined) throw error;
    if (options.repair !== true) throw staleFile();
    await replaceInstructionFile(options.store, fileAddress(object, options), file, recorded, options.signal);
    return 'repaired';
  }
  return file === undefined ? 'sound' : noteItsWrite(object, { object: file, entries }, options);
}

/** A file that opens its object, and does not say so, would be of no use any more once a later one stands over it. */
async function noteItsWrite(
  object: StoredObject,
  file: Pick<StandingInstructionFile, 'object' | 'entries'>,
  options: DeepOptions,
): Promise<'sound' | 'repaired'> {
  const { address, metadata } = file.object;
  const known = { versionId: address.versionId, recordedVersion: recordedInstructionVersion(metadata) };
  const recordedVersion = recordedInstructionVersion(object.metadata);
  if (options.repair !== true || recordedVersion === undefined) return 'sound';
  if (isOfWrite(known, recordedVersion)) return 'sound';
  await assertCurrent(options.store, object, options.signal);
  const noted = { entries: file.entries, wrapping: recordedWrapping(metadata), recordedVersion };
  await rewriteInstructionFile(options.store, file.object, noted, options.signal);
  return 'repaired';
}

/** The object's own instruction file that the others lead to, or the version that it records, where one opens it. */
async function openingFile(object: StoredObject, options: DeepOptions): Promise<InstructionFile | undefined> {
  const recorded = recordedInstructionVersion(object.metadata);
  const read = (versionId?: string): Promise<StandingInstructionFile> =>
    standingInstructionFileOf(options.store, object.address, { ...choiceOf(options), versionId });
  const found = await ifItOpens(object, options, () => findInstructionFile(recorded, read));
  if (found !== undefined || recorded === undefined) return found;
  return ifItOpens(object, options, async () => {
    try {
      return await read(recorded);
    } catch (error) {
      // Of a share there is no such version, and whoever may read none is not told so.
      if (isOwnSuffix(options.instructionFileSuffix) || !hasCode(error, 'ACCESS_DENIED')) throw error;
      return undefined;
    }
  });
}

async function ifItOpens(
  object: StoredObject,
  options: DeepOptions,
  read: () => Promise<StandingInstructionFile | undefined>,
): Promise<InstructionFile | undefined> {
  try {
    const file = await read();
    if (file === undefined) return undefined;
    // Some of the content may have been read with the other file.
    const stored = await options.store.get(object.address, options.signal);
    await openWhole(
      stored,
      withCurrentFile(object, () => Promise.resolve(file.entries)),
      options,
    );
    const recordedVersion =
      recordedInstructionVersion(object.metadata) ?? file.recordedVersion ?? file.versionId;
    return { ...file, recordedVersion };
  } catch (error) {
    if (hasCode(error, ...findingCodes, 'OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG')) return undefined;
    throw error;
  }
}

/** Opens an object to its last byte, without keeping one. */
async function openWhole(
  { object, content }: StoredContent,
  source: EnvelopeSource,
  options: DeepOptions,
): Promise<void> {
  const decryptor = await openEnvelope(source, (envelope) =>
    startOpen(options.keyring, envelope, openOptions(object.address, options)),
  );
  contentLengthBytes(object.lengthBytes, decryptor.suite);
  for await (const chunk of decryptor.decryptUnverified(content)) chunk.fill(0);
}

/** Whether a version was asked for that is not the current one, and may have another file than that one. */
async function isEarlier(
  { versionId }: ObjectAddress,
  object: StoredObject,
  { store, signal }: VerifyOptions,
): Promise<boolean> {
  if (versionId === undefined || !mayHaveInstructionFile(object.metadata)) return false;
  return !(await isCurrent(store, object, signal));
}

function staleFile(): SealdropError {
  return new SealdropError('INSTRUCTION_FILE_STALE', 'the current instruction file does not open its object');
}

/** A share of an earlier content says so, and is found without its key. */
function assertNotStaleShare(
  object: StoredObject,
  recordedVersion: string | undefined,
  { instructionFileSuffix: suffix }: VerifyOptions,
): void {
  if (!isStaleShare(object, { recordedVersion }, suffix)) return;
  throw new SealdropError('INSTRUCTION_FILE_STALE', 'the share is of an earlier content of its object', {
    hint: 'share the object once more (sealdrop share --overwrite), or take the share away (sealdrop unshare)',
  });
}

/** One file to open an object by, whichever version the object records. */
function withCurrentFile(
  { metadata }: StoredObject,
  readInstructionFile: () => Promise<Metadata>,
): EnvelopeSource {
  return { metadata: withInstructionVersion(metadata, undefined), readInstructionFile };
}

/** The file that an object was written with, and the current one, as whoever opens it takes them. */
function withItsOwnFile(object: StoredObject, options: VerifyOptions): EnvelopeSource {
  return envelopeSourceOf(options.store, object, choiceOf(options));
}

function openOptions(address: ObjectAddress, options: VerifyOptions): StartOpenOptions {
  return { ...options, expectedContext: contextOf(options.vault, address.key) };
}

function choiceOf({ instructionFileSuffix, signal }: VerifyOptions): {
  readonly suffix: string | undefined;
  readonly signal: AbortSignal | undefined;
} {
  return { suffix: instructionFileSuffix, signal };
}

function fileAddress({ address }: StoredObject, { instructionFileSuffix }: VerifyOptions): ObjectAddress {
  return instructionFileAddress(address, { suffix: instructionFileSuffix });
}
