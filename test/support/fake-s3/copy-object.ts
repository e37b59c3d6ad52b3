import { element, S3Refusal, xmlAnswer, type S3Answer } from './answer.ts';
import type { FakeBucket, Version } from './bucket.ts';
import { etagOf } from './checksums.ts';
import { assertMayCopy, assertMayWrite } from './conditions.ts';
import { storedFacts } from './objects.ts';
import type { S3Request } from './request.ts';

/** What a copy is made from. */
export interface CopyOrigin {
  readonly bucket: FakeBucket;
  readonly key: string;
  readonly version: Version;
}

/**
 * Finds the source that the header of a copy names.
 *
 * @param bucketOf - the bucket of a name or of an access point's label
 * @throws NoSuchKey, NoSuchVersion, InvalidArgument, PreconditionFailed
 */
export function copyOrigin(request: S3Request, bucketOf: (name: string) => FakeBucket): CopyOrigin {
  const header = request.headers['x-amz-copy-source'] ?? '';
  const [path = '', search = ''] = header.replace(/^\//, '').split('?');
  const versionId = new URLSearchParams(search).get('versionId') ?? undefined;
  const decoded = decodeURIComponent(path);
  const [, account, name, objectKey] =
    /^arn:aws:s3:[^:]*:(\d+):accesspoint\/([^/]+)\/object\/(.+)$/s.exec(decoded) ?? [];
  const slash = decoded.indexOf('/');
  const bucket = bucketOf(account === undefined ? decoded.slice(0, slash) : `${name ?? ''}-${account}`);
  const key = objectKey ?? decoded.slice(slash + 1);
  const version = bucket.find(key, versionId);
  assertMayCopy(request.headers, version);
  return { bucket, key, version };
}

/** CopyObject. */
export function copyObject(bucket: FakeBucket, request: S3Request, origin: CopyOrigin): S3Answer {
  const { key, headers } = request;
  const { version: source } = origin;
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
  const isToItself = origin.bucket === bucket && origin.key === key && bucket.current(key) === source;
  const changes = replaces || 'x-amz-storage-class' in headers || 'x-amz-server-side-encryption' in headers;
  if (isToItself && !changes) throw new S3Refusal('InvalidRequest', 400);
  assertMayWrite(headers, bucket.current(key));
  const { content, checksums } = source;
  const given = storedFacts(headers);
  const facts = replaces
    ? given
    : { metadata: source.metadata, system: { ...source.system, ...given.system } };
  const copy = bucket.write(key, {
    ...facts,
    ...{ content, checksums, etag: etagOf(content), checksumType: 'FULL_OBJECT' as const },
  });
  const result = element('ETag', copy.etag) + element('LastModified', copy.lastModified.toISOString());
  return xmlAnswer('CopyObjectResult', result, {
    ...bucket.versionHeader(copy),
    ...(origin.bucket.versioning === 'Off' ? {} : { 'x-amz-copy-source-version-id': source.versionId }),
  });
}
