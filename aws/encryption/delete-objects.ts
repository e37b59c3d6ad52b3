import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type DeleteObjectCommandInput,
  type DeleteObjectCommandOutput,
  type DeleteObjectsCommandInput,
  type DeleteObjectsCommandOutput,
  type ObjectIdentifier,
} from '@aws-sdk/client-s3';
import { canHaveInstructionFile, instructionFileKey } from '../../operations/sealed-key.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';

/**
 * Deletes an object, and then its instruction file: one that fails in between leaves an object too few, never
 * an object without its file. Where a version is named, only that version goes: the file may be another's.
 *
 * Spec: client.md#required-api-operations
 *
 * @throws what the client throws.
 */
export async function deleteObject(
  { s3 }: EncryptionSettings,
  input: DeleteObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<DeleteObjectCommandOutput> {
  const options = requestOptions(signal);
  const answer = await s3.send(new DeleteObjectCommand(input), options);
  const { Bucket, Key = '', MFA, RequestPayer, ExpectedBucketOwner, VersionId } = input;
  if (VersionId === undefined && canHaveInstructionFile(Key)) {
    const fileKey = instructionFileKey(Key);
    await s3.send(
      new DeleteObjectCommand({ Bucket, Key: fileKey, MFA, RequestPayer, ExpectedBucketOwner }),
      options,
    );
  }
  return answer;
}

/**
 * Deletes objects, and then the instruction files of those that were deleted. The answer is about the
 * objects; a file that could not be deleted is among its errors.
 *
 * Spec: client.md#required-api-operations
 *
 * @throws what the client throws.
 */
export async function deleteObjects(
  { s3 }: EncryptionSettings,
  input: DeleteObjectsCommandInput,
  signal: AbortSignal | undefined,
): Promise<DeleteObjectsCommandOutput> {
  const options = requestOptions(signal);
  const answer = await s3.send(new DeleteObjectsCommand(input), options);
  const failed = new Set((answer.Errors ?? []).map(identity));
  const files = (input.Delete?.Objects ?? [])
    .filter((each) => each.VersionId === undefined && !failed.has(identity(each)))
    .filter(({ Key = '' }) => canHaveInstructionFile(Key))
    .map(({ Key = '' }): ObjectIdentifier => ({ Key: instructionFileKey(Key) }));
  if (files.length === 0) return answer;
  const request = { ...input, Delete: { Objects: files, Quiet: true } };
  const Errors = await s3.send(new DeleteObjectsCommand(request), options).then(
    (filesAnswer) => filesAnswer.Errors ?? [],
    // The objects are gone by now: the answer must tell so.
    (error: unknown) => files.map(({ Key }) => ({ Key, ...toS3ErrorEntry(error) })),
  );
  return Errors.length === 0 ? answer : { ...answer, Errors: [...(answer.Errors ?? []), ...Errors] };
}

/** Some services answer with an empty version where none was named. */
function identity({ Key, VersionId }: { Key?: string | undefined; VersionId?: string | undefined }): string {
  return JSON.stringify([Key, VersionId === '' ? undefined : VersionId]);
}

function toS3ErrorEntry(error: unknown): { Code: string; Message: string } {
  const isError = error instanceof Error;
  return { Code: isError ? error.name : 'Unknown', Message: isError ? error.message : 'the request failed' };
}
