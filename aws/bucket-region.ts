import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { SealdropError } from '../envelope/index.ts';
import { requestOptions } from './request-options.ts';
import { toS3Error } from './s3-errors.ts';

/**
 * Makes sure that a bucket is in the client's Region. A store that tells of no Regions passes.
 *
 * Source: Amazon S3 API Reference, "HeadBucket" (x-amz-bucket-region).
 *
 * @throws {@link SealdropError} OUTSIDE_REGION where the bucket is elsewhere; ACCESS_DENIED, BUCKET_NOT_FOUND, …
 */
export async function assertInRegion(client: S3Client, bucket: string, signal?: AbortSignal): Promise<void> {
  const here = await client.config.region();
  const region = await regionOf(client, bucket, signal);
  if (region === undefined || region === here) return;
  throw new SealdropError('OUTSIDE_REGION', `the bucket ${bucket} is in ${region}, not in ${here}`, {
    fields: { bucket, region, onlyRegion: here },
  });
}

async function regionOf(client: S3Client, bucket: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { BucketRegion } = await client.send(
      new HeadBucketCommand({ Bucket: bucket }),
      requestOptions(signal),
    );
    return BucketRegion;
  } catch (error) {
    const elsewhere = redirectedTo(error);
    if (elsewhere !== undefined) return elsewhere;
    const failure = toS3Error(error, 's3:ListBucket', { bucket, key: '' });
    // A HEAD has no body that could name the error.
    if (failure.code !== 'OBJECT_NOT_FOUND') throw failure;
    throw new SealdropError('BUCKET_NOT_FOUND', failure.message, { cause: error, fields: failure.fields });
  }
}

/** The Region that S3 names where it answers with a redirect. */
function redirectedTo(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  return $metadata?.httpStatusCode === 301 ? $response?.headers?.['x-amz-bucket-region'] : undefined;
}
