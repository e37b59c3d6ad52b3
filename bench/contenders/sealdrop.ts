import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { KmsKeyring, S3EncryptionClient } from '../../aws/index.ts';
import type { Contender, ContenderSettings } from '../contender.ts';
import { bytesOf, streamOf } from './body.ts';

/** Sealdrop's client, over the same S3 client that copies plainly. */
export function createSealdrop(settings: ContenderSettings): Contender {
  const { bucket: Bucket, keyArn, partSizeBytes, partsAtOnce } = settings;
  const options = {
    keyring: new KmsKeyring({ keyId: keyArn }),
    s3Client: new S3Client({}),
    partSizeBytes,
    partsAtOnce,
  };
  const client = new S3EncryptionClient(options);
  const streamingClient = new S3EncryptionClient({ ...options, delayedAuthentication: true });
  return {
    async sealFile(Key, path) {
      const Body = createReadStream(path, { highWaterMark: 2 ** 20 });
      const ContentLength = (await stat(path)).size;
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength }));
    },
    async openFile(Key, path) {
      await client.downloadToFile({ Bucket, Key }, path);
    },
    async openStream(Key) {
      return streamOf(await streamingClient.send(new GetObjectCommand({ Bucket, Key })));
    },
    async seal(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async open(Key) {
      return bytesOf(await client.send(new GetObjectCommand({ Bucket, Key })));
    },
  };
}
