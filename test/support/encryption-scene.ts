import {
  CopyObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
  type GetObjectCommandInput,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { S3EncryptionClient } from '../../aws/encryption/s3-encryption-client.ts';
import type { S3EncryptionClientOptions } from '../../aws/encryption/settings.ts';
import { FakeKeyring } from './fake-keyring.ts';
import { FakeKms } from './fake-kms.ts';
import { FakeS3, type S3Request, type Versioning } from './fake-s3.ts';
import type { FakeBucket, Version } from './fake-s3/bucket.ts';

/** The bucket of every {@link EncryptionScene}. */
export const bucketName = 'vault';

/** An encryption client with everything around it, in memory. */
export interface EncryptionScene {
  readonly kms: FakeKms;
  readonly keyArn: string;
  readonly keyring: FakeKeyring;
  readonly service: FakeS3;
  readonly bucket: FakeBucket;
  /** A client that encrypts nothing. */
  readonly plain: S3Client;
  readonly client: S3EncryptionClient;
  /** Another encryption client over the same service and the same key. */
  readonly clientWith: (options: Partial<S3EncryptionClientOptions>) => S3EncryptionClient;
  /** What is stored under a key now. */
  readonly stored: (key: string) => Version;
}

/** A new scene: an empty bucket, one key, a client with default options. */
export function createScene(versioning: Versioning = 'Off'): EncryptionScene {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  const keyring = new FakeKeyring(kms, keyArn);
  const service = new FakeS3();
  const bucket = service.createBucket(bucketName, versioning);
  const plain = service.client();
  const clientWith = (options: Partial<S3EncryptionClientOptions>): S3EncryptionClient =>
    new S3EncryptionClient({ keyring, s3Client: plain, ...options });
  return {
    ...{ kms, keyArn, keyring, service, bucket, plain, clientWith },
    client: clientWith({}),
    stored: (key) => bucket.find(key),
  };
}

/** Puts an object of the scene's bucket. */
export function put(
  client: S3Client,
  key: string,
  body: NonNullable<PutObjectCommandInput['Body']>,
  more: Partial<PutObjectCommandInput> = {},
): Promise<PutObjectCommandOutput> {
  return client.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: body, ...more }));
}

/** The content that a client gets from the scene's bucket. */
export async function get(
  client: S3Client,
  key: string,
  more: Partial<GetObjectCommandInput> = {},
): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: key, ...more }));
  if (Body === undefined) throw new Error('the answer has no body');
  return Buffer.from(await Body.transformToByteArray());
}

/** Copies an object of the scene's bucket to another key. */
export function copy(
  client: S3Client,
  source: string,
  target: string,
  more: Partial<CopyObjectCommandInput> = {},
): Promise<CopyObjectCommandOutput> {
  return client.send(
    new CopyObjectCommand({
      Bucket: bucketName,
      Key: target,
      CopySource: `${bucketName}/${source}`,
      ...more,
    }),
  );
}

/** The requests that carry a plaintext, or some run of 16 bytes of it, in the clear. */
export function requestsThatShow(requests: readonly S3Request[], plaintext: Buffer): S3Request[] {
  const runs = [0, Math.floor(plaintext.length / 2), plaintext.length - 16]
    .filter((at) => at >= 0)
    .map((at) => plaintext.subarray(at, at + 16))
    .filter((run) => run.length === 16);
  const shows = (request: S3Request): boolean =>
    runs.some(
      (run) =>
        request.sentBytes.includes(run) || JSON.stringify(request.headers).includes(run.toString('latin1')),
    );
  return requests.filter(shows);
}

/** Expects that every connection is free again: each body was read to its end, or closed. */
export function expectClosed({ service }: Pick<EncryptionScene, 'service'>): void {
  expect(service.bodies.filter((body) => !body.destroyed && !body.readableEnded)).toEqual([]);
}
