import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Contender, ContenderSettings } from '../contender.ts';
import { bytesOf, streamOf } from './body.ts';

/** Plain copying with the AWS SDK and nothing else: no encryption, no key. */
export function createPlain({ bucket, partSizeBytes, partsAtOnce }: ContenderSettings): Contender {
  const client = new S3Client({});
  const Bucket = bucket;
  return {
    async sealFile(Key, path) {
      await new Upload({
        client,
        params: { Bucket, Key, Body: createReadStream(path, { highWaterMark: 2 ** 20 }) },
        partSize: partSizeBytes,
        queueSize: partsAtOnce,
      }).done();
    },
    async openFile(Key, path) {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
      await pipeline(streamOf(answer), createWriteStream(path, { flags: 'wx' }));
    },
    async openStream(Key) {
      return streamOf(await client.send(new GetObjectCommand({ Bucket, Key })));
    },
    async seal(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async open(Key) {
      return bytesOf(await client.send(new GetObjectCommand({ Bucket, Key })));
    },
  };
}
