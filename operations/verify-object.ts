import {
  assertOpenable,
  contentLengthBytes,
  SealdropError,
  startOpen,
  type Keyring,
  type Metadata,
  type OpenPolicy,
  type SealdropErrorCode,
  type StartOpenOptions,
} from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import type { ObjectAddress, WritableStore } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { readInstructionFile } from './read-instruction-file.ts';
import { recordedInstructionVersion, withInstructionVersion } from './records.ts';
import { instructionFileKey } from './sealed-key.ts';
import { contextOf, type Vault } from './vault.ts';
import { writeInstructionFile } from './write-instruction-file.ts';

/** How deep a verification goes, and what it knows. */
export interface VerifyOptions extends OpenPolicy {
  readonly store: WritableStore;
  readonly vault: Vault;
  /** Opens every object, without keeping a byte; without one, the envelopes alone are checked. */
  readonly keyring?: Keyring;
  /**
   * Whether an instruction file that does not open its object is replaced by the version that does.
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
 * with a keyring, that it opens, to its last byte, by its current instruction file where it has one.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, ACCESS_DENIED, KEY_DISABLED, … where it could not be looked at.
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
  const { metadata, lengthBytes } = await options.store.head(address, options.signal);
  const readInstructionFile = (version?: string) => fileOf(address, options, version);
  await openEnvelope({ metadata, readInstructionFile }, (envelope) => {
    assertOpenable(envelope, openOptions(address, options));
    contentLengthBytes(lengthBytes, envelope.content.suite);
    return Promise.resolve();
  });
}

type DeepOptions = VerifyOptions & { readonly keyring: Keyring };

/** Other clients know the current file alone, so that alone must open it; another that does can repair it. */
async function verifyContent(address: ObjectAddress, options: DeepOptions): Promise<'sound' | 'repaired'> {
  try {
    await openWhole(address, () => fileOf(address, options), options);
    return 'sound';
  } catch (error) {
    const recorded = await openingFile(address, error, options);
    if (recorded === undefined) throw error;
    if (options.repair !== true) {
      throw new SealdropError(
        'INSTRUCTION_FILE_STALE',
        'the current instruction file does not open its object',
      );
    }
    await writeInstructionFile(options.store, fileAddress(address, options), recorded, {
      isNamed: true,
      signal: options.signal,
    });
    return 'repaired';
  }
}

/** The version of the instruction file that the object records, where it opens what the current one does not. */
async function openingFile(
  address: ObjectAddress,
  failure: unknown,
  options: DeepOptions,
): Promise<Metadata | undefined> {
  if (!hasCode(failure, ...findingCodes)) return undefined;
  const { metadata } = await options.store.head(address, options.signal);
  const version = recordedInstructionVersion(metadata);
  if (version === undefined) return undefined;
  try {
    const file = await fileOf(address, options, version);
    await openWhole(address, () => Promise.resolve(file), options);
    return file;
  } catch (error) {
    if (hasCode(error, ...findingCodes, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Opens an object to its last byte, without keeping one. */
async function openWhole(
  address: ObjectAddress,
  readInstructionFile: () => Promise<Metadata>,
  options: DeepOptions,
): Promise<void> {
  const { object, content } = await options.store.get(address, options.signal);
  // There is one file to open it by, whichever version the object records.
  const metadata = withInstructionVersion(object.metadata, undefined);
  const decryptor = await openEnvelope({ metadata, readInstructionFile }, (envelope) =>
    startOpen(options.keyring, envelope, openOptions(address, options)),
  );
  contentLengthBytes(object.lengthBytes, decryptor.suite);
  for await (const chunk of decryptor.decryptUnverified(content)) chunk.fill(0);
}

function openOptions(address: ObjectAddress, options: VerifyOptions): StartOpenOptions {
  return { ...options, expectedContext: contextOf(options.vault, address.key) };
}

function fileOf(address: ObjectAddress, options: VerifyOptions, versionId?: string): Promise<Metadata> {
  const file = fileAddress(address, options);
  const { store, signal } = options;
  return readInstructionFile(store, versionId === undefined ? file : { ...file, versionId }, signal);
}

function fileAddress({ bucket, key }: ObjectAddress, options: VerifyOptions): ObjectAddress {
  return { bucket, key: instructionFileKey(key, options.instructionFileSuffix) };
}
