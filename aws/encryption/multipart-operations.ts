import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type AbortMultipartUploadCommandInput,
  type AbortMultipartUploadCommandOutput,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  type CreateMultipartUploadCommandInput,
  type CreateMultipartUploadCommandOutput,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { SealdropError } from '../../envelope/index.ts';
import { statedChecksum, verifyChecksums, withoutChecksums } from './content-checksums.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';
import { plaintextBody } from './plaintext-body.ts';
import { startObject } from './sealed-metadata.ts';
import { SealedUpload } from './sealed-upload.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';
import { gather } from '../../operations/gather.ts';

/** The uploads that a client has created and not ended yet, by their ids. */
export type Uploads = Map<string, SealedUpload>;

/**
 * Creates a multipart upload whose parts will be encrypted.
 *
 * @throws {@link SealdropError} as {@link startObject}; and what the client throws.
 */
export async function createMultipartUpload(
  settings: EncryptionSettings,
  uploads: Uploads,
  input: CreateMultipartUploadCommandInput,
  signal: AbortSignal | undefined,
): Promise<CreateMultipartUploadCommandOutput> {
  const { encryptor, metadata } = await startObject(settings, input, signal);
  const answer = await settings.s3.send(
    new CreateMultipartUploadCommand({ ...input, Metadata: { ...metadata } }),
    requestOptions(signal),
  );
  if (answer.UploadId === undefined) {
    throw new SealdropError('SERVICE_FAILED', 'S3 created an upload without an id');
  }
  uploads.set(answer.UploadId, new SealedUpload(encryptor, input.ChecksumAlgorithm));
  return answer;
}

/**
 * Encrypts a part and sends it. Parts may be handed in at the same time, numbered from 1 without a gap.
 *
 * @throws {@link SealdropError} UPLOAD_UNKNOWN, PART_OUT_OF_ORDER, PART_CHANGED (the upload is then aborted),
 *   CHECKSUM_MISMATCH, CONTENT_LENGTH_MISMATCH, CONTENT_TOO_LONG, REQUEST_UNSUPPORTED; and what the client
 *   throws.
 */
export async function uploadPart(
  settings: EncryptionSettings,
  uploads: Uploads,
  input: UploadPartCommandInput,
  signal: AbortSignal | undefined,
): Promise<UploadPartCommandOutput> {
  const upload = known(uploads, input.UploadId);
  const partNumber = input.PartNumber ?? 0;
  const plaintext = await wholePart(input);
  try {
    const part = await upload.seal(partNumber, plaintext, signal);
    const answer =
      'answer' in part
        ? part.answer
        : await send(settings, upload, input, { partNumber, ciphertext: part.ciphertext }, signal);
    return withoutChecksums(answer);
  } catch (error) {
    if (error instanceof SealdropError && error.code === 'PART_CHANGED') {
      // The upload is of no use any more, whether S3 can be told now or not.
      uploads.delete(input.UploadId ?? '');
      await abortMultipartUpload(settings, uploads, input, signal).catch(() => undefined);
    }
    throw error;
  }
}

/**
 * Ends the content of an upload, and completes it. What fails may be tried again.
 *
 * @throws {@link SealdropError} UPLOAD_UNKNOWN; REQUEST_UNSUPPORTED where the request does not name every
 *   part, or states a checksum of the whole; CONTENT_LENGTH_MISMATCH; and what the client throws.
 */
export async function completeMultipartUpload(
  settings: EncryptionSettings,
  uploads: Uploads,
  input: CompleteMultipartUploadCommandInput,
  signal: AbortSignal | undefined,
): Promise<CompleteMultipartUploadCommandOutput> {
  const upload = known(uploads, input.UploadId);
  const parts = completedParts(upload);
  assertNamesAll(parts, input);
  assertStated(upload, input);
  const last = upload.end();
  const { Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner } = input;
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = input;
  const sentLast = await settings.s3.send(
    new UploadPartCommand({
      ...{ Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner },
      ...{ SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 },
      ChecksumAlgorithm: upload.checksumAlgorithm,
      PartNumber: last.partNumber,
      Body: last.ciphertext,
    }),
    requestOptions(signal),
  );
  const allParts = [...parts.slice(0, last.partNumber - 1), completedPart(upload, last.partNumber, sentLast)];
  const { MpuObjectSize, ...request } = withoutChecksums(input);
  const answer = await settings.s3.send(
    new CompleteMultipartUploadCommand({ ...request, MultipartUpload: { Parts: allParts } }),
    requestOptions(signal),
  );
  uploads.delete(input.UploadId ?? '');
  return withoutChecksums(answer);
}

/**
 * Aborts an upload, and forgets its key.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED; and what the client throws.
 */
export async function abortMultipartUpload(
  { s3 }: EncryptionSettings,
  uploads: Uploads,
  input: AbortMultipartUploadCommandInput,
  signal: AbortSignal | undefined,
): Promise<AbortMultipartUploadCommandOutput> {
  const { Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner, IfMatchInitiatedTime } = input;
  // Without the id, S3 would take the request for one to delete the object.
  if (UploadId === undefined) throw unsupportedParameter('UploadId', 'the request names no upload');
  const request = new AbortMultipartUploadCommand({
    ...{ Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner, IfMatchInitiatedTime },
  });
  try {
    const answer = await s3.send(request, requestOptions(signal));
    uploads.delete(UploadId);
    return answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchUpload') uploads.delete(UploadId);
    throw error;
  }
}

/** All of a part: S3 may ask for it again, and a stream can be read only once. */
async function wholePart(input: UploadPartCommandInput): Promise<Buffer> {
  const body = plaintextBody(input.Body, input.ContentLength);
  const plaintext = await gather(verifyChecksums(body.chunks, input));
  if (body.lengthBytes === undefined || body.lengthBytes === plaintext.length) return plaintext;
  throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the part does not have its declared length', {
    fields: { declaredBytes: body.lengthBytes, seenBytes: plaintext.length },
  });
}

async function send(
  { s3 }: EncryptionSettings,
  upload: SealedUpload,
  input: UploadPartCommandInput,
  { partNumber, ciphertext }: { partNumber: number; ciphertext: Buffer },
  signal: AbortSignal | undefined,
): Promise<UploadPartCommandOutput> {
  const request = { ...withoutChecksums(input), PartNumber: partNumber, Body: ciphertext };
  delete request.ContentLength;
  const answer = await s3.send(new UploadPartCommand(request), requestOptions(signal));
  upload.sent(partNumber, answer);
  return answer;
}

function known(uploads: Uploads, uploadId: string | undefined): SealedUpload {
  const upload = uploads.get(uploadId ?? '');
  if (upload !== undefined) return upload;
  throw new SealdropError('UPLOAD_UNKNOWN', 'this client did not create the upload, or has ended it');
}

function completedParts(upload: SealedUpload): CompletedPart[] {
  return upload.answers().map((answer, index) => {
    if (answer !== undefined) return completedPart(upload, index + 1, answer);
    throw new SealdropError(
      'REQUEST_UNSUPPORTED',
      `part ${index + 1} was encrypted, but S3 does not have it`,
      {
        fields: { partNumber: index + 1 },
        hint: 'send the part again, or abort the upload',
      },
    );
  });
}

/** S3 wants each part with its checksum where the upload was created with one, and finds none of it otherwise. */
function completedPart(
  { checksumAlgorithm }: SealedUpload,
  PartNumber: number,
  answer: UploadPartCommandOutput,
): CompletedPart {
  const part: CompletedPart = { PartNumber, ETag: answer.ETag };
  if (checksumAlgorithm === undefined) return part;
  const checksums = Object.entries(answer).filter(([name]) => name.startsWith('Checksum'));
  return { ...Object.fromEntries(checksums), ...part };
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}

/** What a request states of the whole: the length is of the plaintext, and a checksum was not computed. */
function assertStated(upload: SealedUpload, input: CompleteMultipartUploadCommandInput): void {
  const { MpuObjectSize: statedBytes } = input;
  if (statedBytes !== undefined && statedBytes !== upload.totalBytes) {
    throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the parts do not have the stated length', {
      fields: { declaredBytes: statedBytes, seenBytes: upload.totalBytes },
    });
  }
  const checksum = statedChecksum(input);
  if (checksum !== undefined)
    throw unsupportedParameter(checksum, 'state the checksums of the parts instead');
}

/** An object without some of its parts would not open. */
function assertNamesAll(
  parts: readonly CompletedPart[],
  { MultipartUpload }: CompleteMultipartUploadCommandInput,
): void {
  const named = MultipartUpload?.Parts ?? [];
  const isSame = (part: CompletedPart, index: number): boolean =>
    named[index]?.PartNumber === part.PartNumber && unquoted(named[index]?.ETag) === unquoted(part.ETag);
  if (named.length === parts.length && parts.every(isSame)) return;
  throw unsupportedParameter(
    'MultipartUpload',
    'the request does not name every part that was encrypted',
    'name each part once, in order, with the ETag that its upload answered',
  );
}
