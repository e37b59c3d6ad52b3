import { classify, sealedLengthBytes, SealdropError, type Keyring } from '../envelope/index.ts';
import { addressOf } from './address-of.ts';
import { compareSequencers, type Drop } from './drop.ts';
import { assertCanHandOver, handOver, wasHandedOver, type Handover } from './handover.ts';
import { headIfThere, isNotFound } from './head-if-there.ts';
import { assertNoReservedEntries } from './metadata-limits.ts';
import type { ObjectAddress, ObjectStore, StoredObject, Tags, WriteCondition } from './object-store.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { recordedSource, sourceEntries } from './records.ts';
import { sealContent } from './seal-content.ts';
import { sealedKeyOf } from './sealed-key.ts';
import { travellingTags } from './travelling-tags.ts';
import type { Vault } from './vault.ts';
import { assertStored } from './assert-stored.ts';
import { conditionFrom } from './write-condition.ts';

/** What sealing needs, and where its result goes. */
export interface SealDropOptions {
  readonly store: ObjectStore;
  readonly keyring: Keyring;
  readonly vault: Vault;
  readonly sealedBucket: string;
  /** The source bucket's own prefix in the sealed bucket; may be empty. */
  readonly sealedPrefix: string;
  /** What becomes of the source once its sealed object was verified. */
  readonly handover: Handover;
  readonly signal?: AbortSignal;
}

/**
 * How sealing one drop ended. `duplicate`: this very drop was sealed before. `superseded`: a later drop of
 * the same key was. `gone`: the version to seal is no longer there. None of them is an error.
 */
export type SealOutcome =
  | { readonly status: 'sealed'; readonly sealed: ObjectAddress; readonly contentLengthBytes: number }
  | { readonly status: 'duplicate' | 'superseded' | 'gone' };

/**
 * Seals one drop: reads that version as a stream, writes the sealed object on the condition that nobody was
 * faster, verifies what was stored, then hands the source over. A failure at any point leaves the source as
 * it was and nothing half-written.
 *
 * @throws {@link SealdropError} RESERVED_NAME, OBJECT_KEY_TOO_LONG, RESERVED_METADATA, METADATA_TOO_LARGE,
 *   CONTENT_TOO_LONG, SOURCE_NOT_VERSIONED, TOO_MANY_TAGS, DESTINATION_CONFLICT, OBJECT_CHANGED,
 *   VERIFICATION_FAILED, and what the store and the keyring throw.
 */
export async function sealDrop(drop: Drop, options: SealDropOptions): Promise<SealOutcome> {
  const { store, signal } = options;
  const destination = { bucket: options.sealedBucket, key: sealedKeyOf(drop.key, options.sealedPrefix) };
  const source = await headIfThere(store, addressOf(drop), signal);
  if (source === undefined) return { status: 'gone' };
  assertNoReservedEntries(source.metadata);
  sealedLengthBytes(source.lengthBytes);
  try {
    return await retryWhileChanged(() => sealAsItStands(drop, source, destination, options));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // The source may have gone while it was worked on; anything else that is missing is a failure.
    if ((await headIfThere(store, addressOf(drop), signal)) === undefined) return { status: 'gone' };
    throw error;
  }
}

async function sealAsItStands(
  drop: Drop,
  source: StoredObject,
  destination: ObjectAddress,
  options: SealDropOptions,
): Promise<SealOutcome> {
  const { store, handover, signal } = options;
  const standing = await headIfThere(store, destination, signal);
  const verdict = compareWithStanding(drop, standing);
  if (verdict === 'superseded') return { status: verdict };
  // Whoever sealed this drop before may have stopped before verifying it: unless the source was handed
  // over, it is sealed again.
  if (
    verdict === 'duplicate' &&
    looksWhole(standing, source) &&
    (await wasHandedOver(store, source, handover, signal))
  ) {
    return { status: verdict };
  }
  const tags = await store.tags(source.address, signal);
  assertCanHandOver(source, tags, handover);
  const outcome = await writeAndVerify(drop, source, tags, destination, conditionFrom(standing), options);
  await handOver(store, source, handover, signal);
  return outcome;
}

function compareWithStanding(
  drop: Drop,
  standing: StoredObject | undefined,
): 'seal' | 'duplicate' | 'superseded' {
  if (standing === undefined) return 'seal';
  const recorded = recordedSource(standing.metadata);
  if (recorded?.bucket !== drop.bucket) {
    throw new SealdropError('DESTINATION_CONFLICT', 'an object from elsewhere stands in the destination', {
      fields: { recordedSource: recorded?.bucket },
    });
  }
  const order = compareSequencers(recorded.sequencer, drop.sequencer);
  if (order === 0) return 'duplicate';
  return order > 0 ? 'superseded' : 'seal';
}

/** What can be told of a sealed object without its data key. */
function looksWhole(standing: StoredObject | undefined, source: StoredObject): boolean {
  return (
    standing?.lengthBytes === sealedLengthBytes(source.lengthBytes) && classify(standing.metadata) === 'v3'
  );
}

async function writeAndVerify(
  drop: Drop,
  source: StoredObject,
  sourceTags: Tags,
  destination: ObjectAddress,
  condition: WriteCondition,
  { store, keyring, vault, signal }: SealDropOptions,
): Promise<SealOutcome> {
  // A new message id for every attempt: with the same data key, too, it never seals two contents.
  const sent = await sealContent(
    {
      body: store.read(source, signal),
      lengthBytes: source.lengthBytes,
      metadata: source.metadata,
      headers: source.headers,
      tags: travellingTags(sourceTags),
      records: sourceEntries(drop),
    },
    destination,
    condition,
    { store, keyring, vault, signal },
  );
  assertStored(await store.head(sent.sealed, signal), sent);
  return { status: 'sealed', sealed: sent.sealed, contentLengthBytes: source.lengthBytes };
}
