import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { SealdropError } from '../envelope/index.ts';
import { partBytesFor } from '../operations/part-limits.ts';
import { requestOptions } from './request-options.ts';

/** How objects are cut for a multipart upload. */
export interface PartOptions {
  /** The smallest size of a part; S3 wants 5 MiB or more. Very large objects take larger parts. */
  readonly partSizeBytes: number;
  /** How many parts are on their way at once. */
  readonly partsAtOnce: number;
}

/** What is uploaded. */
export interface UploadContent {
  readonly body: AsyncIterable<Uint8Array>;
  /** The base64 CRC-32 of the body; asked for when all of it has passed. */
  readonly crc32: () => string;
  /** The longest that the body can be. */
  readonly atMostBytes: number;
}

/**
 * Uploads one object in parts. Where anything fails, or the signal says stop, the upload is aborted before
 * this throws.
 *
 * @param fields - what the object is created with, but for its body
 * @throws what failed first, whether or not the upload could be aborted then.
 */
export async function uploadInParts(
  client: S3Client,
  content: UploadContent,
  fields: PutObjectCommandInput,
  parts: PartOptions,
  signal: AbortSignal | undefined,
): Promise<CompleteMultipartUploadCommandOutput> {
  const failures: unknown[] = [];
  // Stopping the body, rather than the upload, makes the upload wait until S3 has aborted it.
  const body = Readable.from(stoppable(content.body, signal, failures), { objectMode: false });
  // The type of checksum goes to CreateMultipartUpload and CompleteMultipartUpload.
  const params: PutObjectCommandInput & { ChecksumType: 'FULL_OBJECT' } = {
    ...fields,
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
    Body: body,
  };
  try {
    return await new Upload({
      client: clientForUpload(client, content.crc32, signal, failures),
      params,
      partSize: partBytesFor(content.atMostBytes, parts.partSizeBytes),
      queueSize: parts.partsAtOnce,
    }).done();
  } catch (error) {
    // Upload reports a failed abort in the place of what led to it.
    throw failures[0] ?? error;
  } finally {
    body.destroy();
  }
}

/**
 * The client as one upload needs it: it completes the upload with the checksum of the whole, which Upload
 * cannot know; it stops every request but the abort; and it remembers what failed first.
 */
function clientForUpload(
  client: S3Client,
  crc32: () => string,
  signal: AbortSignal | undefined,
  failures: unknown[],
): S3Client {
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof AbortMultipartUploadCommand) return client.send(command);
    if (command instanceof CompleteMultipartUploadCommand) command.input.ChecksumCRC32 = crc32();
    try {
      return await client.send(command as never, requestOptions(signal));
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  return Object.create(client, { send: { value: send } }) as S3Client;
}

async function* stoppable(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  failures: unknown[],
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      if (signal?.aborted === true) throw new SealdropError('ABORTED', 'the write was stopped in time');
      yield chunk;
    }
  } catch (error) {
    failures.push(error);
    throw error;
  }
}
