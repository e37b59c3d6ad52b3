import type { RewrapFailure } from '../aws/index.ts';

/** The keys of a batch, as S3 knows them. */
export interface ReadKeys {
  readonly keys: readonly string[];
  /** Those that cannot be read, as they stand there. */
  readonly failures: readonly RewrapFailure[];
}

/**
 * The keys of an S3 Inventory in CSV, which encodes them as URLs do, with a plus sign for a space.
 *
 * Source: Amazon S3 User Guide, "Amazon S3 Inventory list".
 */
export function readInventoryKeys(encoded: readonly string[]): ReadKeys {
  const keys: string[] = [];
  const failures: RewrapFailure[] = [];
  for (const key of encoded) {
    try {
      keys.push(decodeURIComponent(key.replaceAll('+', ' ')));
    } catch {
      failures.push({ key, code: 'UNEXPECTED', message: 'the key in the inventory does not decode' });
    }
  }
  return { keys, failures };
}
