import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { HttpHandlerOptions } from '@smithy/types';
import { expect, jest, test } from '@jest/globals';
import type { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, put } from '../../support/encryption-scene.ts';
import { after, refusing } from '../../support/fake-s3/faults.ts';

const named = { Bucket: bucketName, Key: 'k' };
const partBytes = 5 * 1024 * 1024;

type Run = (client: S3EncryptionClient, options: HttpHandlerOptions) => Promise<unknown>;

const runs: [name: string, operations: string[], run: Run][] = [
  [
    'PutObject over an instruction file',
    ['PutObject', 'HeadObject', 'PutObject', 'PutObject'],
    (client, options) => client.send(new PutObjectCommand({ ...named, Body: 'second' }), options),
  ],
  [
    'GetObject',
    ['GetObject', 'GetObject'],
    (client, options) => client.send(new GetObjectCommand(named), options),
  ],
  ['HeadObject', ['HeadObject'], (client, options) => client.send(new HeadObjectCommand(named), options)],
  [
    'CopyObject',
    ['HeadObject', 'HeadObject', 'CopyObject', 'CopyObject'],
    (client, options) =>
      client.send(new CopyObjectCommand({ ...named, Key: 'copy', CopySource: `${bucketName}/k` }), options),
  ],
  [
    'DeleteObject',
    ['DeleteObject', 'DeleteObject'],
    (client, options) => client.send(new DeleteObjectCommand(named), options),
  ],
  [
    'DeleteObjects',
    ['DeleteObjects', 'DeleteObjects'],
    (client, options) =>
      client.send(
        new DeleteObjectsCommand({ Bucket: bucketName, Delete: { Objects: [{ Key: 'k' }] } }),
        options,
      ),
  ],
  [
    'an upload that is completed',
    ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload'],
    async (client, options) => {
      const other = { ...named, Key: 'other' };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(other), options);
      const part = new UploadPartCommand({ ...other, UploadId, PartNumber: 1, Body: 'content' });
      const { ETag } = await client.send(part, options);
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await client.send(new CompleteMultipartUploadCommand({ ...other, UploadId, MultipartUpload }), options);
    },
  ],
  [
    'an upload that is aborted',
    ['PutObject', 'CreateMultipartUpload', 'AbortMultipartUpload'],
    async (client, options) => {
      const other = { ...named, Key: 'other' };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(other), options);
      await client.send(new AbortMultipartUploadCommand({ ...other, UploadId }), options);
    },
  ],
];

test.each(runs)('the options of %s reach every request that it comes to', async (_, operations, run) => {
  const { clientWith, service } = createScene('Enabled');
  const client = clientWith({ metadataStrategy: 'instruction-file' });
  await put(client, 'k', 'content');
  service.requests.length = 0;
  const handle = jest.spyOn(service, 'handle');
  const { signal } = new AbortController();
  await run(client, { requestTimeout: 1234, abortSignal: signal });
  expect(service.operations()).toEqual(operations);
  for (const [, options] of handle.mock.calls) {
    expect(options).toMatchObject({ requestTimeout: 1234 });
    expect(options?.abortSignal).toBe(signal);
  }
});

test('the options of a put in parts reach every request, that of its abort too', async () => {
  const { client, service } = createScene();
  const handle = jest.spyOn(service, 'handle');
  service.plan('UploadPart', refusing('SlowDown', 503), 1);
  const command = new PutObjectCommand({ ...named, Body: Buffer.alloc(2 * partBytes) });
  await thrownBy(() => client.send(command, { requestTimeout: 1234 }));
  expect(service.operations()).toContain('AbortMultipartUpload');
  expect(handle.mock.calls.map(([, options]) => options?.requestTimeout)).toEqual(
    service.operations().map(() => 1234),
  );
});

test('a signal that stops a put in parts does not stop the abort of its upload', async () => {
  const { client, service, bucket } = createScene();
  const abort = new AbortController();
  service.plan(
    'UploadPart',
    after(() => {
      abort.abort();
    }),
  );
  const Body = Readable.from([Buffer.alloc(partBytes), Buffer.alloc(partBytes), Buffer.alloc(partBytes)]);
  const command = new PutObjectCommand({ ...named, Body });
  await thrownBy(() => client.send(command, { abortSignal: abort.signal, requestTimeout: 1234 }));
  expect(service.operations()).toContain('AbortMultipartUpload');
  expect(service.uploads.open.size).toBe(0);
  expect(bucket.keys()).toEqual([]);
});

test('the options of one request are not those of the next', async () => {
  const { client, service } = createScene();
  const handle = jest.spyOn(service, 'handle');
  await client.send(new PutObjectCommand({ ...named, Body: 'content' }), { requestTimeout: 1234 });
  await client.send(new HeadObjectCommand(named));
  expect(handle.mock.calls.map(([, options]) => options?.requestTimeout)).toEqual([1234, undefined]);
});
