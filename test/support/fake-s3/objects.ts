import { element, elements, emptyAnswer, S3Refusal, textOf, xmlAnswer, type S3Answer } from './answer.ts';
import type { FakeBucket, StoredFacts, Version } from './bucket.ts';
import { checksumHeaders, etagOf, verifiedChecksums } from './checksums.ts';
import { assertMayRead, assertMayWrite } from './conditions.ts';
import type { S3Request } from './request.ts';

const metadataPrefix = 'x-amz-meta-';
const maxMetadataBytes = 2048;

/** The headers that are kept and given back. */
const systemHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-server-side-encryption',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
];

/** The parameters of a GET that set headers of its answer. */
const overrides: Readonly<Record<string, string>> = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-type': 'content-type',
};

/** What a request wants to be stored with its object. */
export function storedFacts(headers: Readonly<Record<string, string>>): StoredFacts {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(metadataPrefix));
  const metadata = Object.fromEntries(
    named.map(([name, value]) => [name.slice(metadataPrefix.length), value]),
  );
  const sizeBytes = Object.entries(metadata).flat().join('').length;
  if (sizeBytes > maxMetadataBytes) throw new S3Refusal('MetadataTooLarge', 400);
  const kept = Object.entries(headers)
    .filter(([name]) => systemHeaders.includes(name))
    .map(([name, value]) => [name, value.replace(/^aws-chunked,? ?/, '')])
    .filter(([, value]) => value !== '');
  return { metadata, system: Object.fromEntries(kept) as Record<string, string> };
}

/** PutObject. */
export async function putObject(bucket: FakeBucket, { key, headers, body }: S3Request): Promise<S3Answer> {
  const checksums = await verifiedChecksums(headers, body);
  assertMayWrite(headers, bucket.current(key));
  const version = bucket.write(key, {
    ...storedFacts(headers),
    ...{ content: body, etag: etagOf(body), checksums, checksumType: 'FULL_OBJECT' as const },
  });
  return emptyAnswer(200, {
    etag: version.etag,
    ...bucket.versionHeader(version),
    ...checksumHeaders(checksums, 'FULL_OBJECT'),
  });
}

/** GetObject and HeadObject. */
export function readObject(bucket: FakeBucket, { key, headers, query, method }: S3Request): S3Answer {
  const version = bucket.find(key, query['versionId']);
  assertMayRead(headers, version);
  const { content } = version;
  const range = rangeOf(version, headers['range'], query['partNumber']);
  const part = range === undefined ? content : content.subarray(range.first, range.last + 1);
  const answerHeaders = {
    'accept-ranges': 'bytes',
    'content-length': String(part.length),
    ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${content.length}` }),
    ...('partNumber' in query && { 'x-amz-mp-parts-count': String(version.partLengths?.length ?? 1) }),
    ...(headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined
      ? checksumHeaders(version.checksums, version.checksumType)
      : {}),
    ...factHeaders(bucket, version),
    ...Object.fromEntries(
      Object.entries(overrides).flatMap(([name, header]) => (name in query ? [[header, query[name]]] : [])),
    ),
  };
  const body = method === 'HEAD' ? Buffer.alloc(0) : part;
  return { status: range === undefined ? 200 : 206, headers: answerHeaders, body };
}

function factHeaders(bucket: FakeBucket, version: Version): Record<string, string> {
  const metadata = Object.entries(version.metadata).map(([name, value]) => [metadataPrefix + name, value]);
  return {
    etag: version.etag,
    'last-modified': version.lastModified.toUTCString(),
    ...bucket.versionHeader(version),
    ...version.system,
    ...(Object.fromEntries(metadata) as Record<string, string>),
  };
}

function rangeOf(
  { content, partLengths }: Version,
  header: string | undefined,
  partNumber: string | undefined,
): { first: number; last: number } | undefined {
  if (partNumber !== undefined) {
    const lengths = partLengths ?? [content.length];
    const length = lengths[Number(partNumber) - 1];
    if (length === undefined) throw new S3Refusal('InvalidPartNumber', 416);
    const first = lengths.slice(0, Number(partNumber) - 1).reduce((sum, each) => sum + each, 0);
    return { first, last: first + length - 1 };
  }
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  // S3 takes what it does not understand for no range at all.
  if (match === null || match[0] === 'bytes=-') return undefined;
  const [, from = '', to = ''] = match;
  const first = from === '' ? Math.max(0, content.length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? content.length - 1 : Math.min(Number(to), content.length - 1);
  if (first > last) throw new S3Refusal('InvalidRange', 416);
  return { first, last };
}

/** DeleteObject. */
export function deleteObject(bucket: FakeBucket, { key, query, headers }: S3Request): S3Answer {
  const current = bucket.current(key);
  if (headers['if-match'] !== undefined && current !== undefined) assertMayWrite(headers, current);
  const deleted = bucket.delete(key, query['versionId']);
  return emptyAnswer(204, {
    ...(deleted && bucket.versionHeader(deleted)),
    ...(deleted?.isDeleteMarker === true ? { 'x-amz-delete-marker': 'true' } : {}),
  });
}

/** DeleteObjects. */
export function deleteObjects(
  bucket: FakeBucket,
  { body }: S3Request,
  protectedKeys: readonly string[],
): S3Answer {
  const document = body.toString('utf8');
  const objects = elements(document, 'Object');
  if (objects.length > 1000) throw new S3Refusal('MalformedXML', 400);
  const isQuiet = textOf(document, 'Quiet') === 'true';
  const results = objects.map((object) => {
    const key = textOf(object, 'Key') ?? '';
    const versionId = textOf(object, 'VersionId');
    if (protectedKeys.includes(key)) {
      const facts = [element('Key', key), element('VersionId', versionId), element('Code', 'AccessDenied')];
      return `<Error>${facts.join('')}</Error>`;
    }
    const deleted = bucket.delete(key, versionId);
    const marker =
      deleted?.isDeleteMarker === true
        ? element('DeleteMarker', 'true') + element('DeleteMarkerVersionId', deleted.versionId)
        : '';
    return isQuiet
      ? ''
      : `<Deleted>${element('Key', key)}${element('VersionId', versionId)}${marker}</Deleted>`;
  });
  return xmlAnswer('DeleteResult', results.join(''));
}

/** ListObjectsV2. */
export function listObjects(bucket: FakeBucket, { query }: S3Request): S3Answer {
  const limit = Number(query['max-keys'] ?? 1000);
  const after = query['continuation-token'] ?? '';
  const keys = bucket.keys().filter((key) => key.startsWith(query['prefix'] ?? '') && key > after);
  const page = keys.slice(0, limit);
  const isTruncated = page.length < keys.length;
  const contents = page.map((key) => {
    const { content, etag } = bucket.find(key);
    const facts = [element('Key', key), element('Size', content.length), element('ETag', etag)];
    return `<Contents>${facts.join('')}</Contents>`;
  });
  return xmlAnswer(
    'ListBucketResult',
    [
      ...contents,
      element('KeyCount', page.length),
      element('IsTruncated', String(isTruncated)),
      element('NextContinuationToken', isTruncated ? page.at(-1) : undefined),
    ].join(''),
  );
}
