import * as sdk from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, jest, test } from '@jest/globals';
import { failureOf, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, requestsThatShow } from '../../support/encryption-scene.ts';

describe('a command of another copy of the SDK', () => {
  /** A command whose class is none of ours. */
  function foreign(name: string, input: object, schemaName?: string): PutObjectCommand {
    const Foreign = {
      [name]: class {
        readonly input = input;
        readonly schema = schemaName === undefined ? undefined : [9, 'com.amazonaws.s3', schemaName, 0];
        resolveMiddleware(): never {
          throw new Error('it was about to be sent as it is');
        }
      },
    }[name];
    if (Foreign === undefined) throw new Error('no class');
    return new Foreign() as unknown as PutObjectCommand;
  }

  const input = { Bucket: bucketName, Key: 'k', Body: 'never in the clear' };

  test.each([
    ['PutObjectCommand', 'PutObject'],
    ['e', 'PutObject'],
    ['PutObjectCommand', undefined],
  ])('of class %s, with the schema %s, is sealed', async (name, schemaName) => {
    const { client, service } = createScene();
    await client.send(foreign(name, input, schemaName));
    expect(requestsThatShow(service.requests, Buffer.from(input.Body))).toEqual([]);
    expect((await get(client, 'k')).toString()).toBe(input.Body);
  });

  test.each(['e', '_PutObjectCommand', 'PutObjectCommand2'])(
    'of class %s, without a schema, is refused',
    async (name) => {
      const { client, service } = createScene();
      expect((await failureOf(() => client.send(foreign(name, input)))).code).toBe('REQUEST_UNSUPPORTED');
      expect(service.requests).toEqual([]);
    },
  );

  test.each(['UploadPart', 'UploadPartCopy'])('%s is never sent as it is', async (operation) => {
    const { client, service } = createScene();
    const part = { ...input, UploadId: 'upload-1', PartNumber: 1, CopySource: 'a/b' };
    const error = await failureOf(() => client.send(foreign(`${operation}Command`, part)));
    expect(['UPLOAD_UNKNOWN', 'COPY_UNSUPPORTED']).toContain(error.code);
    expect(service.requests).toEqual([]);
  });
});

describe('every other command', () => {
  const own = [
    ...['AbortMultipartUpload', 'CompleteMultipartUpload', 'CopyObject', 'CreateMultipartUpload'],
    ...[
      'DeleteObject',
      'DeleteObjects',
      'GetObject',
      'HeadObject',
      'PutObject',
      'RenameObject',
      'UploadPart',
      'UploadPartCopy',
    ],
  ].map((operation) => `${operation}Command`);
  const others = Object.entries(sdk).filter(
    ([name]) => /^[A-Z]\w+Command$/.test(name) && !own.includes(name),
  ) as unknown as [string, new (input: object) => ListPartsCommand][];

  test.each(others)('%s goes to S3 as it is', async (_, Other) => {
    const { client, plain } = createScene();
    const answer = { $metadata: {} };
    const send = jest.fn<(...sent: unknown[]) => Promise<object>>(() => Promise.resolve(answer));
    Object.assign(plain, { send });
    const command = new Other({ Bucket: bucketName });
    const options = { requestTimeout: 1000 };
    expect(await client.send(command, options)).toBe(answer);
    expect(send.mock.calls).toEqual([[command, options]]);
    expect(send.mock.calls[0]?.[0]).toBe(command);
  });

  test('throws what S3 answers', async () => {
    const { client } = createScene();
    const command = new ListPartsCommand({ Bucket: bucketName, Key: 'k', UploadId: 'upload-9' });
    expect(await thrownBy(() => client.send(command))).toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('a request that names nothing', () => {
  const nothing = { Bucket: undefined, Key: undefined };
  test.each([
    ['PutObject', new PutObjectCommand(nothing)],
    ['GetObject', new GetObjectCommand(nothing)],
    ['HeadObject', new HeadObjectCommand(nothing)],
    ['CopyObject', new CopyObjectCommand({ ...nothing, CopySource: undefined })],
    ['DeleteObject', new DeleteObjectCommand(nothing)],
    ['DeleteObjects', new DeleteObjectsCommand({ Bucket: undefined, Delete: undefined })],
    ['CreateMultipartUpload', new CreateMultipartUploadCommand(nothing)],
    ['UploadPart', new UploadPartCommand({ ...nothing, UploadId: undefined, PartNumber: undefined })],
    ['CompleteMultipartUpload', new CompleteMultipartUploadCommand({ ...nothing, UploadId: undefined })],
    ['AbortMultipartUpload', new AbortMultipartUploadCommand({ ...nothing, UploadId: undefined })],
  ])('of %s is refused before it is sent', async (_, command) => {
    const { client, service } = createScene();
    const send = client.send.bind(client) as (request: object) => Promise<unknown>;
    await thrownBy(() => send(command));
    expect(service.requests).toEqual([]);
  });
});
