import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  type CreateMultipartUploadCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { SealdropError } from '../envelope/index.ts';
import type { StoredObject, Tags, WriteCondition } from '../operations/object-store.ts';
import { conditionFields, copySourceOf } from './copy-object.ts';
import { partBytesFor } from '../operations/part-limits.ts';
import { requestOptions } from './request-options.ts';
import { encodeTags } from './tagging.ts';

/** How an object is cut to be copied. */
export interface CopyPartOptions {
  /** The smallest size of a part. Very large objects take larger parts. */
  readonly copyPartBytes: number;
  /** How many parts are on their way at once. */
  readonly copyPartsAtOnce: number;
}

/** What the copy is made with. */
export interface PartsTarget {
  /** The fields of CreateMultipartUpload, tags and checksum apart. */
  readonly fields: CreateMultipartUploadCommandInput;
  readonly condition: WriteCondition;
  readonly readTags: () => Promise<Tags>;
}

type Place = Pick<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> & { readonly UploadId: string };

/**
 * Copies an object in parts inside S3. Where it has a checksum of the whole, S3 compares that of the copy with
 * it before the copy comes to be.
 *
 * @throws what the client throws, after the upload was aborted.
 */
export async function copyInParts(
  client: S3Client,
  object: StoredObject,
  { fields, condition, readTags }: PartsTarget,
  options: CopyPartOptions,
  signal?: AbortSignal,
): Promise<CompleteMultipartUploadCommandOutput> {
  // Asked whatever their count: S3 tells of none, too, where they may not be read.
  const tagging = encodeTags(await readTags());
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...fields,
      ...(tagging === '' ? {} : { Tagging: tagging }),
      ...checksumKind(object),
    }),
    requestOptions(signal),
  );
  if (UploadId === undefined) throw new SealdropError('SERVICE_FAILED', 'S3 began an upload without an id');
  const place = { Bucket: fields.Bucket, Key: fields.Key, UploadId };
  try {
    const Parts = await copyParts(client, object, place, options, signal);
    return await client.send(
      new CompleteMultipartUploadCommand({
        ...place,
        MultipartUpload: { Parts },
        MpuObjectSize: object.lengthBytes,
        ...checksumOfWhole(object),
        ...conditionFields(condition),
      }),
      requestOptions(signal),
    );
  } catch (error) {
    // What failed first is what there is to tell; a lifecycle rule ends uploads that nobody could abort.
    await client.send(new AbortMultipartUploadCommand(place)).catch(() => undefined);
    throw error;
  }
}

async function copyParts(
  client: S3Client,
  object: StoredObject,
  place: Place,
  { copyPartBytes, copyPartsAtOnce }: CopyPartOptions,
  signal: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const { lengthBytes, address, etag } = object;
  const partBytes = partBytesFor(lengthBytes, copyPartBytes);
  // A part that fails stops those under way, so that none arrives after the abort.
  const stop = new AbortController();
  const anySignal = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const copyPart = async (first: number, index: number): Promise<CompletedPart> => {
    const { CopyPartResult: part } = await client.send(
      new UploadPartCopyCommand({
        ...place,
        PartNumber: index + 1,
        CopySource: copySourceOf(address),
        CopySourceIfMatch: etag,
        CopySourceRange: `bytes=${first}-${Math.min(first + partBytes, lengthBytes) - 1}`,
      }),
      requestOptions(anySignal),
    );
    const { LastModified: _modified, ...told } = part ?? {};
    return { ...told, PartNumber: index + 1 };
  };
  const firsts = Array.from({ length: Math.ceil(lengthBytes / partBytes) }, (_, index) => index * partBytes);
  try {
    return await pMap(firsts, copyPart, { concurrency: copyPartsAtOnce });
  } finally {
    stop.abort();
  }
}

/** The same kind of checksum as the source has, so that a copy can be checked as the source can. */
function checksumKind({ checksum }: StoredObject): Partial<CreateMultipartUploadCommandInput> {
  if (checksum === undefined) return {};
  return {
    ChecksumAlgorithm: checksum.algorithm as 'CRC32',
    // Hashes of parts cannot be put together to one of the whole.
    ChecksumType: isOfWholeInParts(checksum.algorithm) && checksum.isOfWhole ? 'FULL_OBJECT' : 'COMPOSITE',
  };
}

function checksumOfWhole({ checksum }: StoredObject): Partial<CompleteMultipartUploadCommandInput> {
  if (checksum?.isOfWhole !== true || !isOfWholeInParts(checksum.algorithm)) return {};
  return { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: 'FULL_OBJECT' };
}

function isOfWholeInParts(algorithm: string): boolean {
  return algorithm.startsWith('CRC');
}
