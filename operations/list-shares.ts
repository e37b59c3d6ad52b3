import { maxInstructionFileBytes } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import type { ObjectAddress, ReadableStore, StoredObject } from './object-store.ts';
import { recordedPublicKey, recordedWrapping } from './records.ts';
import { isShareSuffix } from './share-suffix.ts';
import { isStaleShare, standingShare } from './standing-share.ts';

/** A further instruction file of an object, as it tells of itself. Nobody has authenticated it. */
export interface ListedShare {
  readonly suffix: string;
  /** The KMS key that wraps, where it is recorded. */
  readonly keyArn?: string;
  /** The SHA-256 of the public key that wraps, where it is recorded. */
  readonly publicKeySha256?: string;
  /** Whether it records that it was made for an earlier content: it opens nothing then. */
  readonly isStale: boolean;
}

/**
 * The shares of an object: every instruction file beside it whose suffix could be that of one.
 *
 * @throws {@link SealdropError} what the store throws.
 */
export async function listShares(
  object: StoredObject,
  { store, signal }: { readonly store: ReadableStore; readonly signal?: AbortSignal | undefined },
): Promise<ListedShare[]> {
  const { bucket, key } = object.address;
  const shares: ListedShare[] = [];
  for await (const listed of store.list(bucket, `${key}.`, signal)) {
    const suffix = listed.key.slice(key.length);
    if (!isShareSuffix(suffix) || listed.lengthBytes > maxInstructionFileBytes) continue;
    const share = await shareIfOne(object.address, { store, suffix, signal });
    if (share === undefined) continue;
    const { metadata } = share.object;
    const { keyArn } = recordedWrapping(metadata) ?? {};
    const publicKeySha256 = recordedPublicKey(metadata);
    shares.push({
      suffix,
      ...(keyArn === undefined ? {} : { keyArn }),
      ...(publicKeySha256 === undefined ? {} : { publicKeySha256 }),
      isStale: isStaleShare(object, share, suffix),
    });
  }
  return shares;
}

async function shareIfOne(
  object: ObjectAddress,
  choice: Parameters<typeof standingShare>[1],
): ReturnType<typeof standingShare> {
  try {
    return await standingShare(object, choice);
  } catch (error) {
    if (hasCode(error, 'NOT_AN_INSTRUCTION_FILE')) return undefined;
    throw error;
  }
}
