import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  type CreateMultipartUploadCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type {
  CopyTarget,
  KeptSettings,
  ObjectAddress,
  StoredObject,
  Tags,
  WriteCondition,
} from '../operations/object-store.ts';
import { copyInParts, type CopyPartOptions } from './copy-in-parts.ts';
import { headerFields } from './object-headers.ts';
import { requestOptions } from './request-options.ts';

/** How large objects are copied. */
export interface CopyOptions extends CopyPartOptions {
  /** The longest object that is copied in one request. */
  readonly maxCopyBytes: number;
}

interface Fields {
  readonly Bucket: string;
  readonly Key: string;
  readonly Metadata: Record<string, string>;
}

/**
 * Copies an object inside S3 with other metadata: in one request, or in parts where it is too large for that.
 * Its annotations go along with one request alone: S3 has no way to take them along with parts.
 *
 * @param readTags - asked where S3 does not carry them along by itself
 * @throws what the client throws
 */
export async function copyObject(
  client: S3Client,
  object: StoredObject,
  target: CopyTarget,
  readTags: () => Promise<Tags>,
  options: CopyOptions,
  signal?: AbortSignal,
): Promise<ObjectAddress> {
  const { bucket, key } = target.address;
  const fields = { ...targetFields(target), ...headerFields(object.headers), ...settingsFields(object) };
  const written =
    object.lengthBytes > options.maxCopyBytes
      ? await copyInParts(client, object, { fields, condition: target.condition, readTags }, options, signal)
      : await copyAtOnce(client, object, { ...fields, ...conditionFields(target.condition) }, signal);
  return written.VersionId === undefined ? { bucket, key } : { bucket, key, versionId: written.VersionId };
}

async function copyAtOnce(
  client: S3Client,
  object: StoredObject,
  fields: Omit<CopyObjectCommandInput, 'CopySource'>,
  signal: AbortSignal | undefined,
): Promise<{ readonly VersionId?: string | undefined }> {
  const copy = new CopyObjectCommand({
    ...fields,
    CopySource: copySourceOf(object.address),
    CopySourceIfMatch: object.etag,
    MetadataDirective: 'REPLACE',
    TaggingDirective: 'COPY',
    AnnotationDirective: 'COPY',
  });
  return client.send(copy, requestOptions(signal));
}

/** How S3 is told which object, and which version of it, is copied. */
export function copySourceOf({ bucket, key, versionId }: ObjectAddress): string {
  const source = `${bucket}/${encodeURIComponent(key)}`;
  return versionId === undefined ? source : `${source}?versionId=${encodeURIComponent(versionId)}`;
}

/** The request fields of a condition: without one, a newer object that was written in between would be buried. */
export function conditionFields(condition: WriteCondition): { IfNoneMatch: string } | { IfMatch: string } {
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

function targetFields({ address, metadata }: CopyTarget): Fields {
  return { Bucket: address.bucket, Key: address.key, Metadata: { ...metadata } };
}

/** The request fields that keep a written object as another one is kept. */
export function settingsFields({
  storageClass,
  serverSideEncryption,
  kmsKeyId,
  bucketKeyEnabled,
  retention,
  legalHold,
}: KeptSettings): Partial<CreateMultipartUploadCommandInput> {
  // S3 takes no time that has passed, and one that has passed holds nothing.
  const isRetained = retention !== undefined && retention.until.getTime() > Date.now();
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(serverSideEncryption === undefined ? {} : { ServerSideEncryption: serverSideEncryption as 'AES256' }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(bucketKeyEnabled === undefined ? {} : { BucketKeyEnabled: bucketKeyEnabled }),
    ...(isRetained ? { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.until } : {}),
    ...(legalHold === true ? { ObjectLockLegalHoldStatus: 'ON' } : {}),
  };
}
