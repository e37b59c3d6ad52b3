import {
  contentLengthBytes,
  mayHaveInstructionFile,
  startOpen,
  type AlgorithmSuite,
  type Keyring,
  type OpenPolicy,
} from '../envelope/index.ts';
import { assertStored } from './assert-stored.ts';
import { envelopeSourceOf } from './envelope-source.ts';
import { lastingVersion } from './lasting-version.ts';
import { assertMetadataFits } from './metadata-limits.ts';
import type { CopyingStore, ObjectAddress, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import {
  recordedInstructionVersion,
  sourceRecords,
  usersMetadata,
  withInstructionVersion,
} from './records.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { assertNothingHidden } from './rewrap-object.ts';
import { sealContent } from './seal-content.ts';
import { travellingTagsOf } from './travelling-tags.ts';
import { contextOf, type Vault } from './vault.ts';
import { conditionFrom } from './write-condition.ts';

/** What resealing needs. */
export interface ResealOptions extends OpenPolicy {
  readonly store: CopyingStore;
  /** Opens the old data key and makes the new one. */
  readonly keyring: Keyring;
  readonly vault: Vault;
  /**
   * As {@link suiteForSealing} returns it.
   * @defaultValue the committing suite
   */
  readonly suite?: AlgorithmSuite;
  readonly signal?: AbortSignal | undefined;
}

/** A sealed object with new content. */
export interface ResealedObject {
  readonly written: ObjectAddress;
  readonly contentLengthBytes: number;
}

/**
 * Seals an object's content anew in its place, under a new data key: for one whose data key somebody may have
 * seen. The content passes through memory a piece at a time; the new object comes to be only if all of the old
 * one was verified, and nobody has replaced that meanwhile. All else about it is kept. **The old version is
 * still there in a bucket with versions, and the old data key opens it.**
 *
 * @throws {@link SealdropError} OBJECT_CHANGED where it keeps changing, METADATA_HIDDEN, VERIFICATION_FAILED, and
 *   what {@link startOpen}, {@link sealContent} and the store throw. The object is as it was then.
 */
export function resealObject(address: ObjectAddress, options: ResealOptions): Promise<ResealedObject> {
  return retryWhileChanged(() => resealAsItStands(address, options));
}

async function resealAsItStands(
  { bucket, key }: ObjectAddress,
  options: ResealOptions,
): Promise<ResealedObject> {
  const { store, keyring, vault, suite, signal } = options;
  const { object, content } = await store.get({ bucket, key }, signal);
  assertNothingHidden(object);
  let fileVersion: string | undefined;
  const source = envelopeSourceOf(store, object, {
    signal,
    onFile: ({ versionId }) => {
      fileVersion = versionId;
    },
  });
  const decryptor = await openEnvelope(source, (envelope) =>
    startOpen(keyring, envelope, { ...options, expectedContext: contextOf(vault, key) }),
  );
  const standing = await withFileRecorded(object, fileVersion, options);
  const lengthBytes = contentLengthBytes(object.lengthBytes, decryptor.suite);
  const sent = await sealContent(
    {
      // Throws at its end where it was not what was sealed; nothing comes to be then.
      body: decryptor.decryptUnverified(content),
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
      metadata: usersMetadata(object.metadata),
      headers: object.headers,
      tags: await travellingTagsOf(store, object, signal),
      records: sourceRecords(object.metadata),
      settings: object,
    },
    { bucket, key },
    conditionFrom(standing),
    {
      ...{ store, keyring, vault, signal },
      ...(suite === undefined ? {} : { suite }),
      instructionFiles: mayHaveInstructionFile(object.metadata),
    },
  );
  assertStored(await store.head(sent.sealed, signal), sent);
  return { written: sent.sealed, contentLengthBytes: sent.contentLengthBytes };
}

/**
 * Another client's object does not say which version of its file opens it. It says so before its file is
 * replaced: nobody could open it until the new object is there, or ever where that does not come to be.
 */
async function withFileRecorded(
  object: StoredObject,
  fileVersion: string | undefined,
  { store, signal }: ResealOptions,
): Promise<StoredObject> {
  // Where no version stays, the file is not replaced at all.
  const lasting = lastingVersion(fileVersion);
  if (lasting === undefined) return object;
  if (recordedInstructionVersion(object.metadata) !== undefined) return object;
  const { bucket, key } = object.address;
  const metadata = withInstructionVersion(object.metadata, lasting);
  assertMetadataFits(metadata);
  const target = { address: { bucket, key }, metadata, condition: conditionFrom(object) };
  return store.head(await store.copy(object, target, signal), signal);
}
