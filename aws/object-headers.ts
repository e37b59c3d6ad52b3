import type { CopyObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { SealdropError } from '../envelope/index.ts';
import type {
  ContentHeaders,
  ObjectAddress,
  Retention,
  StoredChecksum,
  StoredObject,
} from '../operations/object-store.ts';

/**
 * What a HEAD, or a GET, tells of an object, in the words of the port.
 *
 * @throws {@link SealdropError} SERVICE_FAILED where it lacks what every condition and every read needs.
 */
export function storedObject(address: ObjectAddress, head: HeadObjectCommandOutput): StoredObject {
  const { ETag: etag, ContentLength: lengthBytes } = head;
  if (etag === undefined || lengthBytes === undefined) {
    throw new SealdropError('SERVICE_FAILED', 'S3 told of an object without its ETag or its length');
  }
  const versionId = head.VersionId ?? address.versionId;
  return defined({
    address: versionId === undefined ? address : { ...address, versionId },
    etag,
    lengthBytes,
    metadata: head.Metadata ?? {},
    headers: contentHeaders(head),
    crc32: head.ChecksumType === 'FULL_OBJECT' ? head.ChecksumCRC32 : undefined,
    lastModified: head.LastModified,
    // S3 says so only where there are tags, to those who may read them: 0 may be a number that was not told.
    tagCount: head.TagCount ?? 0,
    checksum: storedChecksum(head),
    hiddenEntries: head.MissingMeta,
    isArchived: isArchived(head) ? true : undefined,
    storageClass: head.StorageClass,
    serverSideEncryption: head.ServerSideEncryption,
    kmsKeyId: head.SSEKMSKeyId,
    bucketKeyEnabled: head.BucketKeyEnabled,
    retention: retentionOf(head),
    legalHold: head.ObjectLockLegalHoldStatus === 'ON' ? true : undefined,
  });
}

/** The stronger ones first. */
const checksumAlgorithms = ['CRC64NVME', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'] as const;

function storedChecksum(head: HeadObjectCommandOutput): StoredChecksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = head[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value, isOfWhole: head.ChecksumType === 'FULL_OBJECT' };
  }
  return undefined;
}

function retentionOf({
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: until,
}: HeadObjectCommandOutput): Retention | undefined {
  return mode === undefined || until === undefined ? undefined : { mode, until };
}

/** One that was restored for a time can be read until then, but a copy would be frozen from its first moment. */
function isArchived({ StorageClass, ArchiveStatus }: HeadObjectCommandOutput): boolean {
  return ArchiveStatus !== undefined || StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
}

/** The content headers that a HEAD, or a GET, tells of. */
export function contentHeaders(head: HeadObjectCommandOutput): ContentHeaders {
  return defined({
    contentType: head.ContentType,
    cacheControl: head.CacheControl,
    contentDisposition: head.ContentDisposition,
    contentEncoding: head.ContentEncoding,
    contentLanguage: head.ContentLanguage,
    expires: head.ExpiresString,
    websiteRedirectLocation: head.WebsiteRedirectLocation,
  });
}

/** The request fields that set the same headers on a written object. */
export function headerFields(
  headers: ContentHeaders,
): Pick<
  CopyObjectCommandInput,
  | 'ContentType'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'Expires'
  | 'WebsiteRedirectLocation'
> {
  const expires = headers.expires === undefined ? NaN : Date.parse(headers.expires);
  return defined({
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    // The SDK writes dates only; what is not a date cannot travel along.
    Expires: Number.isNaN(expires) ? undefined : new Date(expires),
    WebsiteRedirectLocation: headers.websiteRedirectLocation,
  });
}

/** The object without the fields that are undefined. */
function defined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
