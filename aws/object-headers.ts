import type { CopyObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { SealdropError } from '../envelope/index.ts';
import type { ContentHeaders, ObjectAddress, StoredObject } from '../operations/object-store.ts';

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
    // S3 says so only where there are tags, to those who may read them.
    tagCount: head.TagCount ?? 0,
    storageClass: head.StorageClass,
    serverSideEncryption: head.ServerSideEncryption,
    kmsKeyId: head.SSEKMSKeyId,
  });
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
