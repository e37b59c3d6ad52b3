/**
 * The id of a version that stays when another is written over it: not that of S3's `null` version, which an object
 * has where its bucket keeps no versions.
 *
 * Source: Amazon S3 User Guide, "Adding objects to versioning-suspended buckets".
 */
export function lastingVersion(versionId: string | undefined): string | undefined {
  return versionId === 'null' ? undefined : versionId;
}
