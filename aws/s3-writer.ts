import { Readable } from 'node:stream';
import {
  PutObjectCommand,
  type CompleteMultipartUploadCommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { SealdropError } from '../envelope/index.ts';
import type { ObjectAddress, ObjectToWrite, Tags, WriteCondition } from '../operations/object-store.ts';
import { headerFields } from './object-headers.ts';

/** How large objects are cut for a multipart upload. */
export interface PartOptions {
  /** At 8 MiB the 10,000 parts that S3 allows hold 78 GiB, more than one sealed object may. */
  readonly partSizeBytes: number;
  /** How many parts are on their way at once. */
  readonly partsAtOnce: number;
}

/**
 * Writes one object: in one request where it fits one part, else as a multipart upload, which is aborted
 * where anything fails.
 *
 * @throws what the client or the body throws.
 */
export async function writeObject(
  client: S3Client,
  object: ObjectToWrite,
  { partSizeBytes, partsAtOnce }: PartOptions,
  signal?: AbortSignal,
): Promise<ObjectAddress> {
  const output =
    object.lengthBytes <= partSizeBytes
      ? await client.send(
          new PutObjectCommand({ ...requestFields(object), Body: await gather(object.body) }),
          signal === undefined ? {} : { abortSignal: signal },
        )
      : await uploadInParts(client, object, { partSizeBytes, partsAtOnce }, signal);
  const { bucket, key } = object;
  return output.VersionId === undefined ? { bucket, key } : { bucket, key, versionId: output.VersionId };
}

async function uploadInParts(
  client: S3Client,
  object: ObjectToWrite,
  { partSizeBytes, partsAtOnce }: PartOptions,
  signal: AbortSignal | undefined,
): Promise<CompleteMultipartUploadCommandOutput> {
  // Stopping the body, rather than the upload, makes the upload wait until S3 has aborted it.
  const body = Readable.from(stoppable(object.body, signal), { objectMode: false });
  // The type of checksum goes to CreateMultipartUpload and CompleteMultipartUpload.
  const params: PutObjectCommandInput & { ChecksumType: 'FULL_OBJECT' } = {
    ...requestFields(object),
    ChecksumType: 'FULL_OBJECT',
    Body: body,
  };
  try {
    return await new Upload({ client, params, partSize: partSizeBytes, queueSize: partsAtOnce }).done();
  } finally {
    body.destroy();
  }
}

function requestFields(object: ObjectToWrite): PutObjectCommandInput {
  const tagging = encodeTags(object.tags);
  return {
    Bucket: object.bucket,
    Key: object.key,
    Metadata: { ...object.metadata },
    ...headerFields(object.headers),
    ...(tagging === '' ? {} : { Tagging: tagging }),
    ...conditionFields(object.condition),
    ChecksumAlgorithm: 'CRC32',
  };
}

function conditionFields(condition: WriteCondition): { IfNoneMatch: string } | { IfMatch: string } {
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

function encodeTags(tags: Tags): string {
  return new URLSearchParams(tags).toString();
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* stoppable(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (signal?.aborted === true) throw new SealdropError('ABORTED', 'the write was stopped in time');
    yield chunk;
  }
}
