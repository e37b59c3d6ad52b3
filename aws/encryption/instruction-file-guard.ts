import { HeadObjectCommand, type HeadObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { SealdropError } from '../../envelope/index.ts';
import { lastingVersion } from '../../operations/lasting-version.ts';
import { toS3Error } from '../s3-errors.ts';
import { requestOptions } from '../request-options.ts';

/**
 * Writes an instruction file, over one that stands only where that may be.
 *
 * @param file - names the file
 * @param write - writes it on the given condition, or on none; it is told of the version that it replaces
 * @returns the version that was written, where the bucket has versions
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED; and what `write` and the client throw.
 */
export async function writeInstructionFile(
  s3: S3Client,
  file: HeadObjectCommandInput,
  write: (
    condition: { IfNoneMatch?: string },
    replacedVersion?: string,
  ) => Promise<{ VersionId?: string | undefined }>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await write({ IfNoneMatch: '*' })).VersionId;
  } catch (error) {
    if (!isThereAlready(error)) throw error;
  }
  const replacedVersion = await assertReplaceable(s3, file, signal);
  return (await write({}, replacedVersion)).VersionId;
}

/** Whether S3 refused to write because an object stands there. */
export function isThereAlready(error: unknown): boolean {
  return toS3Error(error, 's3:PutObject', { bucket: '', key: '' }).code === 'OBJECT_CHANGED';
}

/**
 * Checks that an instruction file that stands may be replaced. Without versions, a failure after that would
 * leave the object beside it without the file that opens it.
 *
 * @param file - names the file
 * @returns the version that stands
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED; and what the client throws.
 */
export async function assertReplaceable(
  s3: S3Client,
  file: HeadObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer, SSECustomerAlgorithm, SSECustomerKey } = file;
  const { VersionId } = await s3.send(
    new HeadObjectCommand({
      ...{ Bucket, Key, ExpectedBucketOwner, RequestPayer },
      ...{ SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5: file.SSECustomerKeyMD5 },
    }),
    requestOptions(signal),
  );
  const lasting = lastingVersion(VersionId);
  if (lasting !== undefined) return lasting;
  throw new SealdropError('BUCKET_NOT_VERSIONED', 'an object with an instruction file stands there already');
}
