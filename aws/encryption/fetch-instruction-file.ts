import { GetObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { maxInstructionFileBytes, parseInstructionFile, SealdropError } from '../../envelope/index.ts';
import type { ChainedInstructionFile } from '../../operations/find-instruction-file.ts';
import { recordedInstructionVersion, replacedInstructionVersion } from '../../operations/records.ts';
import { instructionFileKey } from '../../operations/sealed-key.ts';
import { toS3Error } from '../s3-errors.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';
import { gather } from '../../operations/gather.ts';

/** What the request for an object and the request for its instruction file have in common. */
export type ReadingInput = Pick<
  GetObjectCommandInput,
  | 'Bucket'
  | 'Key'
  | 'ExpectedBucketOwner'
  | 'RequestPayer'
  | 'SSECustomerAlgorithm'
  | 'SSECustomerKey'
  | 'SSECustomerKeyMD5'
>;

/**
 * Reads the instruction file of the object that a request names.
 *
 * @param versionId - the version of the file; without it, the current one
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, OBJECT_KEY_TOO_LONG, ENVELOPE_MALFORMED, ACCESS_DENIED, …
 */
export async function fetchInstructionFile(
  { s3, instructionFileSuffix }: EncryptionSettings,
  input: ReadingInput,
  versionId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ChainedInstructionFile> {
  const address = {
    bucket: input.Bucket ?? '',
    key: instructionFileKey(input.Key ?? '', instructionFileSuffix),
  };
  const { ExpectedBucketOwner, RequestPayer, SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } =
    input;
  const request = new GetObjectCommand({
    Bucket: address.bucket,
    Key: address.key,
    VersionId: versionId,
    ExpectedBucketOwner,
    RequestPayer,
    SSECustomerAlgorithm,
    SSECustomerKey,
    SSECustomerKeyMD5,
  });
  try {
    const file = await s3.send(request, requestOptions(signal));
    const { Metadata: records = {}, VersionId } = file;
    return {
      entries: parseInstructionFile(await gather(limited(file.Body as AsyncIterable<Uint8Array>))),
      versionId: VersionId,
      recordedVersion: recordedInstructionVersion(records),
      replacedVersion: replacedInstructionVersion(records),
    };
  } catch (error) {
    throw toS3Error(error, 's3:GetObject', address);
  }
}

async function* limited(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.length;
    if (lengthBytes > maxInstructionFileBytes) {
      throw new SealdropError('ENVELOPE_MALFORMED', 'the instruction file is too long to be one');
    }
    yield chunk;
  }
}
