import {
  assertAuthenticated,
  assertOpenable,
  mergeInstructionFile,
  parseEnvelope,
  splitEnvelope,
  type Metadata,
  type OpenPolicy,
  type StartOpenOptions,
} from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import { instructionFileAddress } from './instruction-file-address.ts';
import { assertCurrent } from './is-current.ts';
import { isInstructionFile } from './is-instruction-file.ts';
import type { ObjectAddress, StoredObject, WritableStore } from './object-store.ts';
import { requireOwnInstructionFile } from './own-instruction-file.ts';
import type { StandingInstructionFile } from './read-instruction-file.ts';
import { recordedInstructionVersion } from './records.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { isFor, wrapFor, type ShareRecipient } from './share-recipient.ts';
import { assertShareSuffix } from './share-suffix.ts';
import { isOfSameWrite, standingShare } from './standing-share.ts';
import { contextOf, type Vault } from './vault.ts';
import { conditionFrom, outputExists } from './write-condition.ts';
import { writeFurtherInstructionFile } from './write-instruction-file.ts';

/** What sharing needs. */
export interface ShareOptions extends OpenPolicy {
  readonly store: WritableStore;
  /** What the object is bound to. */
  readonly vault: Vault;
  readonly recipient: ShareRecipient;
  /** What the key of the object takes for the share, such as `.partner`. */
  readonly suffix: string;
  /**
   * The suffix of the object's own instruction file.
   * @defaultValue `.instruction`
   */
  readonly instructionFileSuffix?: string;
  /**
   * Whether a share that stands there already, for another key or of an earlier content, is replaced.
   * @defaultValue false
   */
  readonly overwrite?: boolean;
  /**
   * Whether no key is asked and nothing written: what would be shared is told as `planned`.
   * @defaultValue false
   */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What came of sharing one object; `current`: the share is there already. */
export interface ShareOutcome {
  readonly status: 'shared' | 'planned' | 'current' | 'not-sealed';
  readonly lengthBytes: number;
  /** The version of the share, where the store keeps versions. */
  readonly versionId?: string;
}

/**
 * Lets another key open an object: writes a further instruction file beside it, with the same data key wrapped for
 * that key. The object and its own file stay as they are, and nothing of the content is read. **Whoever opens the
 * share has the object's data key for good**; to seal it anew is what takes that back.
 *
 * The object, and not only the file, is looked at once more before the share is written. One that is sealed anew in
 * the moment between makes the share stale, which opens nothing.
 *
 * @throws {@link SealdropError} RESERVED_NAME, CONFIGURATION_INVALID for the suffix; ENVELOPE_IN_METADATA where the
 *   object has no instruction file, NOT_AN_INSTRUCTION_FILE and OUTPUT_EXISTS for what stands in the share's place,
 *   OBJECT_KEY_TOO_LONG, INSTRUCTION_FILE_MISSING, INSTRUCTION_FILE_STALE, OBJECT_CHANGED where it keeps changing;
 *   as {@link assertOpenable} and {@link wrapFor}; and what the store throws. Nothing is written then.
 */
export async function shareObject(
  { bucket, key }: ObjectAddress,
  options: ShareOptions,
): Promise<ShareOutcome> {
  assertShareSuffix(options.suffix, options.instructionFileSuffix);
  return retryWhileChanged(async () => {
    const object = await options.store.head({ bucket, key }, options.signal);
    if (isInstructionFile(object.metadata)) {
      return { status: 'not-sealed', lengthBytes: object.lengthBytes };
    }
    return { lengthBytes: object.lengthBytes, ...(await shareAsItStands(object, options)) };
  });
}

type Shared = Omit<ShareOutcome, 'lengthBytes'>;

async function shareAsItStands(object: StoredObject, options: ShareOptions): Promise<Shared> {
  const { store, recipient, suffix, signal } = options;
  const { address } = object;
  const file = await requireOwnInstructionFile(object, options);
  const whole = mergeInstructionFile(object.metadata, file.entries);
  const opening = openOptions(address.key, options);
  const envelope = parseEnvelope(whole);
  assertAuthenticated(envelope);
  assertOpenable(envelope, opening);
  const standing = await standingShare(address, { store, suffix, signal });
  if (standing !== undefined) {
    if (isDone(object, standing, options)) return { status: 'current' };
    if (options.overwrite !== true) throw outputExists(standing.object.address);
  }
  if (options.dryRun === true) return { status: 'planned' };
  const share = await wrapFor(recipient, address.key, whole, file.wrapping, opening);
  await assertCurrent(store, object, signal);
  const versionId = await writeFurtherInstructionFile(
    store,
    instructionFileAddress({ bucket: address.bucket, key: address.key }, { suffix }),
    conditionFrom(standing?.object),
    {
      entries: splitEnvelope(share.envelope).instructionFile,
      wrapping: share.wrapping,
      recordedVersion: recordedInstructionVersion(object.metadata),
    },
    share.records,
    signal,
  );
  return { status: 'shared', ...(versionId === undefined ? {} : { versionId }) };
}

function openOptions(key: string, options: ShareOptions): StartOpenOptions {
  return { ...options, expectedContext: contextOf(options.vault, key) };
}

/** Whether the share that stands is for this recipient, and of the content that stands. */
function isDone(
  object: StoredObject,
  standing: StandingInstructionFile,
  { recipient, vault }: ShareOptions,
): boolean {
  if (!isOfSameWrite(object, standing)) return false;
  const { key } = object.address;
  const whole = wholeOf(object, standing);
  if (whole === undefined) return false;
  return isFor(recipient, standing.object.metadata, whole, contextOf(vault, key), key);
}

function wholeOf(object: StoredObject, { entries }: StandingInstructionFile): Metadata | undefined {
  try {
    const whole = mergeInstructionFile(object.metadata, entries);
    parseEnvelope(whole);
    return whole;
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED')) return undefined;
    throw error;
  }
}
