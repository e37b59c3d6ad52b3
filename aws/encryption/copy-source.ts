import { SealdropError } from '../../envelope/index.ts';

/** Where a copy comes from. The key is as it is, nothing encoded. */
export interface CopySource {
  /** A bucket's name, or the ARN of an access point. */
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

const accessPointSource = /^(arn:[^/]+:accesspoint\/[^/]+|arn:[^/]+\/accesspoint\/[^/]+)\/object\/(.+)$/s;

/**
 * Reads the value of a CopySource parameter: `bucket/key`, perhaps with a slash before it and a version
 * behind it, or the ARN of an object behind an access point; URL-encoded.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED
 */
export function parseCopySource(copySource: string): CopySource {
  const [path = '', versionId] = copySource.replace(/^\//, '').split('?versionId=');
  const decoded = decode(path);
  const accessPoint = accessPointSource.exec(decoded);
  const slash = decoded.indexOf('/');
  const [bucket, key] = accessPoint?.slice(1) ?? [
    decoded.slice(0, Math.max(slash, 0)),
    decoded.slice(slash + 1),
  ];
  if (bucket === undefined || key === undefined || bucket === '' || key === '') throw unreadable();
  return versionId === undefined ? { bucket, key } : { bucket, key, versionId: decode(versionId) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): SealdropError {
  return new SealdropError('REQUEST_UNSUPPORTED', 'the source of the copy cannot be read', {
    fields: { parameter: 'CopySource' },
    hint: 'name it as bucket/key, URL-encoded',
  });
}
