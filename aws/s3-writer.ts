import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { committingSuite } from '../envelope/index.ts';
import type { ObjectAddress, ObjectToWrite } from '../operations/object-store.ts';
import { partBytesFor } from '../operations/part-limits.ts';
import { conditionFields, settingsFields } from './copy-object.ts';
import { firstPart } from './first-part.ts';
import { uploadInParts, type PartOptions } from './multipart-upload.ts';
import { headerFields } from './object-headers.ts';
import { requestOptions } from './request-options.ts';
import { encodeTags } from './tagging.ts';

/** The longest that a sealed object can be. */
const maxSealedBytes = committingSuite.maxContentBytes + committingSuite.tagBytes;

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
  const output = await putOrUpload(client, object, parts, signal);
  const { bucket, key } = object;
  return output.VersionId === undefined ? { bucket, key } : { bucket, key, versionId: output.VersionId };
}

async function putOrUpload(
  client: S3Client,
  object: ObjectToWrite,
  parts: PartOptions,
  signal: AbortSignal | undefined,
): Promise<{ readonly VersionId?: string | undefined }> {
  const { crc32, lengthBytes: atMostBytes = maxSealedBytes } = object;
  const upload = (body: AsyncIterable<Uint8Array>) =>
    uploadInParts(client, { body, crc32, atMostBytes }, requestFields(object), parts, signal);
  if (object.lengthBytes !== undefined && atMostBytes > parts.partSizeBytes) return upload(object.body);

  const { whole, body } = await firstPart(object.body, partBytesFor(atMostBytes, parts.partSizeBytes));
  if (whole === undefined) return upload(body);
  return client.send(
    new PutObjectCommand({ ...requestFields(object), Body: whole, ChecksumCRC32: crc32() }),
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
    ...settingsFields(object.settings ?? {}),
    ...(tagging === '' ? {} : { Tagging: tagging }),
    ...conditionFields(object.condition),
  };
}
