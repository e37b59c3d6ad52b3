import {
  HeadObjectCommand,
  type CopyObjectCommandInput,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { SealdropError } from '../../envelope/index.ts';
import { requestOptions } from '../request-options.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';

/** Where a copy comes from. The key is as it is, nothing encoded. */
export interface CopySource {
  /** A bucket's name, or the ARN of an access point. */
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** The ARN of an access point, or of an outpost, and then the key. */
const objectArn = /^(arn:.+?)\/object\/(.+)$/s;

/**
 * Reads the value of a CopySource parameter: `bucket/key`, perhaps with a slash before it and a version
 * behind it, or the ARN of an object behind an access point; URL-encoded.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED
 */
export function parseCopySource(copySource: string): CopySource {
  const [path = '', versionId] = copySource.replace(/^\//, '').split('?versionId=');
  const decoded = decode(path);
  const accessPoint = objectArn.exec(decoded);
  const slash = decoded.indexOf('/');
  const [bucket, key] = accessPoint?.slice(1) ?? [
    decoded.slice(0, Math.max(slash, 0)),
    decoded.slice(slash + 1),
  ];
  if (bucket === undefined || key === undefined || bucket === '' || key === '') throw unreadable();
  return versionId === undefined ? { bucket, key } : { bucket, key, versionId: decode(versionId) };
}

/**
 * What S3 tells of the source of a copy, on the conditions that the copy has on it.
 *
 * @throws what the client throws.
 */
export async function headSource(
  s3: S3Client,
  input: CopyObjectCommandInput,
  { bucket, key, versionId }: CopySource,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  const request: HeadObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
    IfMatch: input.CopySourceIfMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    RequestPayer: input.RequestPayer,
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  };
  return s3.send(new HeadObjectCommand(request), requestOptions(signal));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): SealdropError {
  const hint = 'name it as bucket/key, URL-encoded';
  return unsupportedParameter('CopySource', 'the source of the copy cannot be read', hint);
}
