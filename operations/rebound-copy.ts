import {
  assertContextMatches,
  mayHaveInstructionFile,
  type EncryptionContext,
  type WrappingRecord,
} from '../envelope/index.ts';
import { CONTENT_IV, KEY_COMMITMENT_V3, MESSAGE_ID_V3 } from '../envelope/metadata-names.ts';
import { hasCode } from './has-code.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { readInstructionFileOf, standingInstructionFileOf } from './read-instruction-file.ts';
import { recordedWrapping } from './records.ts';

/** What a sealed object is expected to be bound to, and where its instruction file would be. */
export interface BindingCheck {
  readonly store: ReadableStore;
  readonly expectedContext: EncryptionContext;
  readonly signal?: AbortSignal | undefined;
}

/** The entries that only copies of one sealed object have in common. */
const contentEntries = [MESSAGE_ID_V3, KEY_COMMITMENT_V3, CONTENT_IV] as const;

/**
 * Whether what stands in a place is a copy of a sealed object and bound to that place, as far as metadata tells:
 * then there is nothing left to do, or the source may go.
 *
 * @param wrapping - where it must record that its key wraps it, the key
 * @throws {@link SealdropError} what the store throws.
 */
export async function isReboundCopy(
  standing: StoredObject,
  source: StoredObject,
  { wrapping, ...check }: BindingCheck & { readonly wrapping?: WrappingRecord },
): Promise<boolean> {
  if (!haveSameContent(standing, source)) return false;
  try {
    await assertBoundTo(standing, check);
    return wrapping === undefined || (await recordedKeyOf(standing, check)) === wrapping.keyArn;
  } catch (error) {
    if (hasCode(error, 'CONTEXT_MISMATCH', 'ENVELOPE_MALFORMED', 'INSTRUCTION_FILE_MISSING')) return false;
    throw error;
  }
}

/**
 * Checks that an object is sealed, and bound as expected.
 *
 * @throws {@link SealdropError} NOT_SEALED, ENVELOPE_MALFORMED, CONTEXT_MISMATCH, INSTRUCTION_FILE_MISSING, and
 *   what the store throws.
 */
export async function assertBoundTo(
  { address, metadata }: StoredObject,
  { store, expectedContext, signal }: BindingCheck,
): Promise<void> {
  const readInstructionFile = (versionId?: string): ReturnType<typeof readInstructionFileOf> =>
    readInstructionFileOf(store, address, { versionId, signal });
  await openEnvelope({ metadata, readInstructionFile }, ({ encryptedDataKey }) => {
    const { wrappingAlgorithm, context } = encryptedDataKey;
    assertContextMatches(context, expectedContext, wrappingAlgorithm === 'kms' ? 'subset' : 'exact');
    return Promise.resolve();
  });
}

/** Recorded where the data key is: with the object, or with its file. */
async function recordedKeyOf(
  { address, metadata }: StoredObject,
  { store, signal }: BindingCheck,
): Promise<string | undefined> {
  if (!mayHaveInstructionFile(metadata)) return recordedWrapping(metadata)?.keyArn;
  return (await standingInstructionFileOf(store, address, { signal })).wrapping?.keyArn;
}

/** A message id, or an IV, is drawn anew for every content. */
function haveSameContent(one: StoredObject, other: StoredObject): boolean {
  return (
    one.lengthBytes === other.lengthBytes &&
    contentEntries.some((name) => one.metadata[name] !== undefined) &&
    contentEntries.every((name) => one.metadata[name] === other.metadata[name])
  );
}
