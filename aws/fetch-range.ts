import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { parseContentRange, type ByteRange } from '../envelope/index.ts';
import type { ObjectAddress } from '../operations/object-store.ts';
import { gatherRange } from './ranged-read.ts';
import { requestOptions } from './request-options.ts';

/** The object that a range is fetched from. */
export interface RangeSource {
  readonly address: ObjectAddress;
  /** Where it is given, no other content than this one is fetched. */
  readonly etag?: string;
  /** The length of the whole object; without it, the answer has to tell. */
  readonly lengthBytes?: number;
}

/** One range of an object. */
export interface FetchedRange {
  readonly bytes: Buffer;
  /** The length of the whole object. */
  readonly totalBytes: number;
  /** What the answer told of the object. */
  readonly answer: Omit<GetObjectCommandOutput, 'Body'>;
}

/** How often a range is asked for again when its body breaks; the SDK itself retries only until the body. */
const maxBodyAttempts = 4;

/**
 * Fetches a range of an object in whole. A range that reaches past the end of the object is cut there.
 *
 * @throws {@link SealdropError} SERVICE_FAILED where the answer does not tell the length of the object,
 *   CONTENT_LENGTH_MISMATCH where the range has another length; and what the client throws.
 */
export async function fetchRange(
  client: S3Client,
  source: RangeSource,
  { first, last }: ByteRange,
  signal?: AbortSignal,
): Promise<FetchedRange> {
  for (let attempt = 1; ; attempt += 1) {
    const { Body, ...answer } = await client.send(
      new GetObjectCommand({
        ...addressFields(source.address),
        ...(source.etag === undefined ? {} : { IfMatch: source.etag }),
        Range: `bytes=${first}-${last}`,
      }),
      requestOptions(signal),
    );
    const body = Body as Readable;
    const totalBytes = source.lengthBytes ?? totalOf(answer, body);
    try {
      const bytes = await gatherRange(body, Math.min(last + 1, totalBytes) - first);
      return { bytes, totalBytes, answer };
    } catch (error) {
      if (signal?.aborted === true || attempt === maxBodyAttempts) throw error;
    }
  }
}

/** The request fields that name an object. */
export function addressFields({ bucket, key, versionId }: ObjectAddress): {
  Bucket: string;
  Key: string;
  VersionId?: string;
} {
  return { Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) };
}

function totalOf({ ContentRange = '' }: FetchedRange['answer'], body: Readable): number {
  try {
    return parseContentRange(ContentRange).totalBytes;
  } catch (error) {
    // Nobody is going to read it, and it holds a connection.
    body.destroy();
    throw error;
  }
}
