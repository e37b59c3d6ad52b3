import {
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectAddress, ObjectToWrite, Tags, WriteCondition } from '../operations/object-store.ts';
import { uploadInParts, type PartOptions } from './multipart-upload.ts';
import { headerFields } from './object-headers.ts';
import { requestOptions } from './request-options.ts';
import { gather } from '../operations/gather.ts';

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
      : await uploadInParts(
          client,
          { ...object, atMostBytes: object.lengthBytes },
          requestFields(object),
          parts,
          signal,
        );
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
    requestOptions(signal),
  );
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
  // Not every decoder takes "+" for a space.
  return new URLSearchParams(tags).toString().replaceAll('+', '%20');
}
