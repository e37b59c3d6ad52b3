import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ListedObject } from '../operations/object-store.ts';
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
  let markers: Markers | undefined = {};
  while (markers !== undefined) {
    const page: ListObjectVersionsCommandOutput = await listPage(client, { bucket, prefix, markers }, signal);
    for (const version of page.Versions ?? []) yield listedVersion(version);
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
