import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  PutObjectCommand,
  type CompleteMultipartUploadCommandOutput,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { SealdropError } from '../envelope/index.ts';
import type { ObjectAddress, ObjectToWrite, Tags, WriteCondition } from '../operations/object-store.ts';
import { headerFields } from './object-headers.ts';

/** How objects are cut for a multipart upload. */
export interface PartOptions {
  /** The smallest size of a part; S3 wants 5 MiB or more. Very large objects take larger parts. */
  readonly partSizeBytes: number;
  /** How many parts are on their way at once. */
  readonly partsAtOnce: number;
}

/** S3's limit for the parts of one upload. */
const maxParts = 10_000;

/**
 * Writes one object: in one request where it fits one part, else as a multipart upload, which is aborted
 * where anything fails. S3 compares the checksum of the whole with the body's before the object comes to be.
 *
 * @throws what the client or the body throws.
 */
export async function writeObject(
  client: S3Client,
  object: ObjectToWrite,
  parts: PartOptions,
  signal?: AbortSignal,
): Promise<ObjectAddress> {
  const output =
    object.lengthBytes <= parts.partSizeBytes
      ? await putWhole(client, object, signal)
      : await uploadInParts(client, object, parts, signal);
  const { bucket, key } = object;
  return output.VersionId === undefined ? { bucket, key } : { bucket, key, versionId: output.VersionId };
}

async function putWhole(
  client: S3Client,
  object: ObjectToWrite,
  signal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  const body = await gather(object.body);
  return client.send(
    new PutObjectCommand({ ...requestFields(object), Body: body, ChecksumCRC32: object.crc32() }),
    signal === undefined ? {} : { abortSignal: signal },
  );
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
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
    Body: body,
  };
  const partSize = Math.max(partSizeBytes, Math.ceil(object.lengthBytes / maxParts));
  try {
    return await new Upload({
      client: completingWithChecksum(client, object.crc32),
      params,
      partSize,
      queueSize: partsAtOnce,
    }).done();
  } finally {
    body.destroy();
  }
}

/** The client, but that it completes an upload with the checksum of the whole, which Upload cannot know. */
function completingWithChecksum(client: S3Client, crc32: () => string): S3Client {
  const send = (command: unknown, ...options: unknown[]): unknown => {
    if (command instanceof CompleteMultipartUploadCommand) command.input.ChecksumCRC32 = crc32();
    return (client.send as (...words: unknown[]) => unknown).call(client, command, ...options);
  };
  return Object.create(client, { send: { value: send } }) as S3Client;
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
