import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** The body of an answer to GetObject as the stream that it is in Node. */
export function streamOf({ Body }: GetObjectCommandOutput): Readable {
  if (!(Body instanceof Readable)) throw new Error('S3 answered without a body');
  return Body;
}

/** The whole body of an answer to GetObject. */
export async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Uint8Array> {
  if (Body === undefined) throw new Error('S3 answered without a body');
  return Body.transformToByteArray();
}
