import { createHash } from 'node:crypto';
import { withoutEnvelope, type Metadata, type WrappingRecord } from '../envelope/index.ts';
import type { Drop } from './drop.ts';
import { lastingVersion } from './lasting-version.ts';
import type { ObjectState, StoredObject } from './object-store.ts';
import { isSameKey } from './same-key.ts';
import { isOwnSuffix } from './share-suffix.ts';

/** The prefix of the metadata names that this package keeps for itself. */
export const recordPrefix = 'sealdrop-';

const KEY = 'sealdrop-key';
const MATERIAL = 'sealdrop-material';
const SOURCE = 'sealdrop-source';
const SOURCE_VERSION = 'sealdrop-source-version';
const SEQUENCER = 'sealdrop-sequencer';
const SOURCE_REVISION = 'sealdrop-source-revision';
const INSTRUCTION_VERSION = 'sealdrop-instruction-version';
const INSTRUCTION_BEFORE = 'sealdrop-instruction-before';
const PUBLIC_KEY = 'sealdrop-public-key';

/**
 * The entries that say which key, and which material of it, wraps an object's data key; none where the
 * keyring does not tell.
 */
export function wrappingEntries(wrapping: WrappingRecord | undefined): Metadata {
  if (wrapping === undefined) return {};
  const { keyArn, keyMaterialId } = wrapping;
  return { [KEY]: keyArn, ...(keyMaterialId === undefined ? {} : { [MATERIAL]: keyMaterialId }) };
}

/**
 * Whether the entries say that this very wrapping is in place, in whichever Region of the key. A key whose current
 * material has no id, as in a custom key store, has one material for its whole life: there the key alone decides, though
 * KMS may name the material in its answers, so that it stands in the entries.
 */
export function recordsWrapping(metadata: Metadata, { keyArn, keyMaterialId }: WrappingRecord): boolean {
  const { [KEY]: recorded, [MATERIAL]: material } = metadata;
  if (recorded === undefined || !isSameKey(recorded, keyArn)) return false;
  return keyMaterialId === undefined || material === keyMaterialId;
}

/** The wrapping that the entries tell of, where they do: a hint, which nobody authenticates. */
export function recordedWrapping(metadata: Metadata): WrappingRecord | undefined {
  const { [KEY]: keyArn, [MATERIAL]: keyMaterialId } = metadata;
  if (keyArn === undefined) return undefined;
  return keyMaterialId === undefined ? { keyArn } : { keyArn, keyMaterialId };
}

/** The entries that say which drop an object was sealed from. */
export function sourceEntries(drop: Drop): Metadata {
  return {
    [SOURCE]: drop.bucket,
    [SOURCE_VERSION]: drop.versionId ?? 'null',
    [SEQUENCER]: drop.sequencer,
  };
}

/** The drop that an object's entries name, where they name one. */
export function recordedSource(metadata: Metadata): Omit<Drop, 'key'> | undefined {
  const { [SOURCE]: bucket, [SOURCE_VERSION]: versionId, [SEQUENCER]: sequencer } = metadata;
  if (bucket === undefined || versionId === undefined || sequencer === undefined) return undefined;
  return { bucket, versionId, sequencer };
}

/** The entry that says which state of its source an object was sealed from; none where the store tells none. */
export function revisionEntry(source: StoredObject): Metadata {
  const state = stateOf(source);
  return state === undefined ? {} : { [SOURCE_REVISION]: `${digestOf(state.place)}.${state.revision}` };
}

/** Whether the entries say that an object was sealed from this source, in whatever state it was. */
export function recordsSource(metadata: Metadata, source: StoredObject): boolean {
  const state = stateOf(source);
  return state !== undefined && metadata[SOURCE_REVISION]?.startsWith(`${digestOf(state.place)}.`) === true;
}

/** Whether the entries say that an object was sealed from this very state of its source. */
export function recordsRevisionOf(metadata: Metadata, source: StoredObject): boolean {
  const { [SOURCE_REVISION]: revision } = revisionEntry(source);
  return revision !== undefined && metadata[SOURCE_REVISION] === revision;
}

/** Not by a digest of the content, which would confirm guesses. */
function stateOf({ address, state, lastModified }: StoredObject): ObjectState | undefined {
  if (state !== undefined) return state;
  const { bucket, key, versionId } = address;
  const revision = lastingVersion(versionId) ?? lastModified?.toISOString();
  return revision === undefined ? undefined : { place: `s3://${bucket}/${key}`, revision };
}

/** Short: metadata has little room, and it only tells one source from another. */
function digestOf(place: string): string {
  return createHash('sha256').update(place).digest('base64url').slice(0, 16);
}

/** As long as S3's version ids: that of a file is known only when it is written. */
export const versionIdPlaceholder: string = 'x'.repeat(32);

/**
 * The entry that says which version of the instruction file an object was written with: with the object, and with
 * each later file for the same data key.
 */
export function instructionVersionEntry(versionId: string | undefined): Metadata {
  return versionId === undefined ? {} : { [INSTRUCTION_VERSION]: versionId };
}

/** The metadata with the entry of {@link instructionVersionEntry} in the place of the one that it has. */
export function withInstructionVersion(metadata: Metadata, versionId: string | undefined): Metadata {
  const { [INSTRUCTION_VERSION]: _before, ...rest } = metadata;
  return { ...rest, ...instructionVersionEntry(versionId) };
}

/** The version of the instruction file that an object records, where it does. */
export function recordedInstructionVersion(metadata: Metadata): string | undefined {
  return metadata[INSTRUCTION_VERSION];
}

/**
 * An object's metadata as it concerns its file of one suffix: the version that it records is of its own file. Of a share
 * there is no such version, and whoever may read no versions is not even told so.
 */
export function concerningFile(metadata: Metadata, suffix: string | undefined): Metadata {
  return isOwnSuffix(suffix) ? metadata : withInstructionVersion(metadata, undefined);
}

/** The entry that says which version of the instruction file, for another data key, a new file was put over. */
export function replacedVersionEntry(versionId: string | undefined): Metadata {
  return versionId === undefined ? {} : { [INSTRUCTION_BEFORE]: versionId };
}

/** The version that an instruction file says it was put over, where it does. */
export function replacedInstructionVersion(metadata: Metadata): string | undefined {
  return metadata[INSTRUCTION_BEFORE];
}

/** The entry that says which public key wraps an object's data key. */
export function publicKeyEntry(fingerprint: string): Metadata {
  return { [PUBLIC_KEY]: fingerprint };
}

/** The fingerprint of the public key that the entries name, where they do: a hint, which nobody authenticates. */
export function recordedPublicKey(metadata: Metadata): string | undefined {
  return metadata[PUBLIC_KEY];
}

/** The metadata without the entry of {@link publicKeyEntry}. */
export function withoutPublicKeyEntry(metadata: Metadata): Metadata {
  const { [PUBLIC_KEY]: _before, ...rest } = metadata;
  return rest;
}

/** The entries that say where the content is from: of a drop, or of another source. */
export function sourceRecords(metadata: Metadata): Metadata {
  const names = [SOURCE, SOURCE_VERSION, SEQUENCER, SOURCE_REVISION];
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => names.includes(name)));
}

/** The metadata without the entries of this package. */
export function withoutRecords(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(recordPrefix)));
}

/** What a user gave an object: without the format's entries and ours. */
export function usersMetadata(metadata: Metadata): Metadata {
  return withoutRecords(withoutEnvelope(metadata));
}

/** The metadata without the entries that tell of the wrapping. */
export function withoutWrappingEntries(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== KEY && name !== MATERIAL));
}
