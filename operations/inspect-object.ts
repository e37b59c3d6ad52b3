import {
  callersContext,
  classify,
  contentLengthBytes,
  isLegacyWrapping,
  mergeInstructionFile,
  storedBeside,
  type Binding,
  type CommitmentPolicy,
  type EncryptionContext,
  type Envelope,
  type Metadata,
  type WrappingAlgorithm,
  type WrappingRecord,
} from '../envelope/index.ts';
import { envelopeSourceOf } from './envelope-source.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { recordedInstructionVersion, recordedWrapping } from './records.ts';
import { contextOf } from './vault.ts';

/** What a sealed object tells of itself to whoever may see its metadata. Nobody has authenticated it. */
export interface Inspection {
  readonly address: ObjectAddress;
  readonly format: 'V1' | 'V2' | 'V3';
  readonly suite: string;
  readonly isCommitting: boolean;
  readonly wrapping: WrappingAlgorithm;
  readonly metadataStrategy: 'object-metadata' | 'instruction-file';
  /** The version of the instruction file that the object was written with. */
  readonly instructionFileVersion?: string;
  /** What it is bound to, by the names in its context; nothing with raw keys. */
  readonly binding?: Binding;
  /** Whether the context names this very object key, with the binding `object`. */
  readonly isBoundToItsKey?: boolean;
  /** The context without the format's own names; with raw keys the material description. */
  readonly context: EncryptionContext;
  /** Recorded by the writer: hints. */
  readonly keyArn?: string;
  readonly keyMaterialId?: string;
  readonly sealedLengthBytes: number;
  /** Where it can be told without decrypting. */
  readonly contentLengthBytes?: number;
  readonly encryptedDataKeyBytes: number;
  /** What a reader would have to accept. */
  readonly needs: {
    readonly keys: 'kms' | 'raw';
    readonly commitmentPolicy?: CommitmentPolicy;
    readonly legacyWrapping: boolean;
    readonly legacyContent: boolean;
  };
}

/** What inspecting needs: no key. */
export interface InspectOptions {
  readonly store: ReadableStore;
  /** @defaultValue `.instruction` */
  readonly instructionFileSuffix?: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads what a sealed object tells of itself, without a key.
 *
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_MALFORMED,
 *   ENVELOPE_UNSUPPORTED, AUTHENTICATION_FAILED for a length that no sealed object has, and what the store
 *   throws.
 */
export async function inspectObject(address: ObjectAddress, options: InspectOptions): Promise<Inspection> {
  const { store, instructionFileSuffix, signal } = options;
  const object = await store.head(address, signal);
  let whole = object.metadata;
  let wrapping = recordedWrapping(object.metadata);
  const source = envelopeSourceOf(store, object, {
    ...{ suffix: instructionFileSuffix, signal },
    onFile: (file) => {
      whole = mergeInstructionFile(object.metadata, file.entries);
      // The file is what is rewrapped; what older versions recorded with the object stays behind.
      wrapping = file.wrapping ?? recordedWrapping(object.metadata);
    },
  });
  const envelope = await openEnvelope(source, (found) => Promise.resolve(found));
  return { ...factsOf(object, envelope), ...wrapping, ...placeOf(object, whole) };
}

function factsOf(object: StoredObject, { encryptedDataKey, content }: Envelope): Facts {
  const { wrappingAlgorithm: wrapping, ciphertext } = encryptedDataKey;
  const { suite } = content;
  const lengthBytes = contentLengthBytes(object.lengthBytes, suite);
  const isBound = storedBeside(wrapping) === 'encryption-context';
  return {
    address: object.address,
    suite: suite.name,
    isCommitting: suite.isCommitting,
    wrapping,
    context: callersContext(encryptedDataKey.context),
    ...(isBound ? bindingOf(encryptedDataKey.context, object.address) : {}),
    sealedLengthBytes: object.lengthBytes,
    ...(lengthBytes === undefined ? {} : { contentLengthBytes: lengthBytes }),
    encryptedDataKeyBytes: ciphertext.length,
    needs: {
      keys: isBound ? 'kms' : 'raw',
      ...(suite.isCommitting ? {} : { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }),
      legacyWrapping: isLegacyWrapping(wrapping),
      legacyContent: suite.isLegacy,
    },
  };
}

type Facts = Omit<
  Inspection,
  'format' | 'metadataStrategy' | 'instructionFileVersion' | keyof WrappingRecord
>;

function bindingOf(
  context: EncryptionContext,
  { key }: ObjectAddress,
): { binding: Binding; isBoundToItsKey?: boolean } {
  const { 'sealdrop-vault': vaultId, 'sealdrop-key-sha256': keyDigest } = context;
  if (vaultId === undefined) return { binding: 'none' };
  if (keyDigest === undefined) return { binding: 'vault' };
  const own = contextOf({ vaultId, binding: 'object' }, key);
  return { binding: 'object', isBoundToItsKey: own['sealdrop-key-sha256'] === keyDigest };
}

/** @param whole - the envelope's entries, from wherever they are */
function placeOf(
  object: StoredObject,
  whole: Metadata,
): Omit<Inspection, keyof Facts | keyof WrappingRecord> {
  const version = recordedInstructionVersion(object.metadata);
  return {
    format: classify(whole).toUpperCase() as Inspection['format'],
    metadataStrategy: whole === object.metadata ? 'object-metadata' : 'instruction-file',
    ...(version === undefined ? {} : { instructionFileVersion: version }),
  };
}
