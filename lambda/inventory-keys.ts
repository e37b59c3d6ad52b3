import type { RewrapFailure } from '../aws/index.ts';

/** An object as an S3 Inventory lists it. */
export interface InventoryItem {
  readonly bucket: string;
  /** As a URL has it. */
  readonly key: string;
}

/** The keys of a batch, as S3 knows them. */
export interface ReadKeys {
  readonly keys: readonly string[];
  /** Those that cannot be read, as they stand there. */
  readonly failures: readonly RewrapFailure[];
}

/**
 * The keys of an S3 Inventory in CSV, which encodes them as URLs do, with a plus sign for a space. What it lists of
 * another bucket than the sealed one fails: that there is no such object would be true, and mislead.
 *
 * Source: Amazon S3 User Guide, "Amazon S3 Inventory list".
 */
export function readInventoryKeys(items: readonly InventoryItem[], sealedBucket: string): ReadKeys {
  const keys: string[] = [];
  const failures: RewrapFailure[] = [];
  const fail = (key: string, message: string): void => {
    failures.push({ key, code: 'UNEXPECTED', message });
  };
  for (const { bucket, key } of items) {
    if (bucket !== sealedBucket) {
      fail(key, `the inventory is of the bucket ${bucket}, which is not the sealed bucket`);
      continue;
    }
    try {
      keys.push(decodeURIComponent(key.replaceAll('+', ' ')));
    } catch {
      fail(key, 'the key in the inventory does not decode');
    }
  }
  return { keys, failures };
}
