import type { ObjectAddress } from './object-store.ts';

/** The address of an object's version where one is told, and of its current version otherwise. */
export function addressOf({
  bucket,
  key,
  versionId,
}: {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}): ObjectAddress {
  return versionId === undefined ? { bucket, key } : { bucket, key, versionId };
}
