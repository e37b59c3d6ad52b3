import {
  ListObjectVersionsCommand,
  type DeleteMarkerEntry,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ListedObject } from '../operations/object-store.ts';
import { compareNames } from '../operations/pair-listings.ts';
import type { ListedChange } from '../operations/recovery-point.ts';
import { requestOptions } from './request-options.ts';
import { toS3Error } from './s3-errors.ts';

/** What S3 lists of one version of an object. */
export interface ListedVersion extends ListedObject {
  /** `null` where it was written while the bucket kept no versions. */
  readonly versionId: string;
  /** Whether it is the current one. */
  readonly isCurrent: boolean;
}

/**
 * Every version of every object whose key begins with a prefix, key by key, the newest first. Delete markers are
 * left out: they hold nothing.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, BUCKET_NOT_FOUND, THROTTLED, ABORTED, …
 */
export async function* listVersions(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedVersion> {
  for await (const { Versions = [] } of listPages(client, bucket, prefix, signal)) {
    yield* Versions.map(listedVersion);
  }
}

/**
 * Every version and every delete marker of every object whose key begins with a prefix, key by key, the newest
 * first. What changed within one second stands in any order, but for the current one.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, BUCKET_NOT_FOUND, THROTTLED, ABORTED, …
 */
export async function* listChanges(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedChange> {
  for await (const { Versions = [], DeleteMarkers = [] } of listPages(client, bucket, prefix, signal)) {
    // S3 lists them in one order, which the SDK's two lists do not keep.
    yield* [...Versions, ...DeleteMarkers].sort(inListedOrder).map((each) => ({
      ...{ key: each.Key ?? '', versionId: each.VersionId ?? 'null' },
      ...{ isDeleteMarker: DeleteMarkers.includes(each), changedAt: each.LastModified ?? new Date(0) },
    }));
  }
}

function inListedOrder(one: DeleteMarkerEntry, other: DeleteMarkerEntry): number {
  const byKey = compareNames(one.Key ?? '', other.Key ?? '');
  if (byKey !== 0) return byKey;
  const byCurrent = Number(other.IsLatest === true) - Number(one.IsLatest === true);
  return byCurrent === 0 ? Number(other.LastModified) - Number(one.LastModified) : byCurrent;
}

async function* listPages(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let markers: Markers | undefined = {};
  while (markers !== undefined) {
    const page: ListObjectVersionsCommandOutput = await listPage(client, { bucket, prefix, markers }, signal);
    yield page;
    markers =
      page.IsTruncated === true
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
  }
}

/** Where a page begins. */
type Markers = Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'>;

async function listPage(
  client: S3Client,
  { bucket, prefix, markers }: { bucket: string; prefix: string; markers: Markers },
  signal: AbortSignal | undefined,
): Promise<ListObjectVersionsCommandOutput> {
  const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...markers });
  try {
    return await client.send(command, requestOptions(signal));
  } catch (error) {
    throw toS3Error(error, 's3:ListBucketVersions', { bucket, key: prefix });
  }
}

function listedVersion({
  Key = '',
  VersionId = 'null',
  IsLatest,
  Size = 0,
  LastModified,
  StorageClass,
}: ObjectVersion): ListedVersion {
  return {
    ...{ key: Key, versionId: VersionId, isCurrent: IsLatest === true, lengthBytes: Size },
    ...(LastModified === undefined ? {} : { lastModified: LastModified }),
    ...(StorageClass === undefined ? {} : { storageClass: StorageClass }),
  };
}
