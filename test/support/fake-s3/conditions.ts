import { S3Refusal } from './answer.ts';
import type { Version } from './bucket.ts';

type Headers = Readonly<Record<string, string>>;

/** @throws PreconditionFailed, NoSuchKey where what stands there is not what a write wants to find. */
export function assertMayWrite(headers: Headers, current: Version | undefined): void {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (current === undefined) throw new S3Refusal('NoSuchKey', 404);
    if (!matches(ifMatch, current)) throw new S3Refusal('PreconditionFailed', 412);
  }
  if (headers['if-none-match'] !== undefined && current !== undefined) {
    throw new S3Refusal('PreconditionFailed', 412);
  }
}

/** @throws PreconditionFailed, NotModified */
export function assertMayRead(headers: Headers, version: Version): void {
  const failed = failedCondition(headers, '', version);
  if (failed === undefined) return;
  const isNotModified = failed === 'if-none-match' || failed === 'if-modified-since';
  throw isNotModified ? new S3Refusal('NotModified', 304) : new S3Refusal('PreconditionFailed', 412);
}

/** @throws PreconditionFailed */
export function assertMayCopy(headers: Headers, source: Version): void {
  if (failedCondition(headers, 'x-amz-copy-source-', source) === undefined) return;
  throw new S3Refusal('PreconditionFailed', 412);
}

/** The condition that fails. One of an ETag goes before the one of a time beside it. */
function failedCondition(headers: Headers, prefix: string, version: Version): string | undefined {
  const [ifMatch, ifNoneMatch] = [headers[`${prefix}if-match`], headers[`${prefix}if-none-match`]];
  const since = (name: string): number => Date.parse(headers[prefix + name] ?? '');
  const modifiedAt = version.lastModified.getTime();
  if (ifMatch !== undefined && !matches(ifMatch, version)) return 'if-match';
  if (ifMatch === undefined && modifiedAt > since('if-unmodified-since')) return 'if-unmodified-since';
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, version)) return 'if-none-match';
  if (ifNoneMatch === undefined && modifiedAt <= since('if-modified-since')) return 'if-modified-since';
  return undefined;
}

function matches(etag: string, version: Version): boolean {
  return etag === '*' || etag.replaceAll('"', '') === version.etag.replaceAll('"', '');
}
