import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, S3EncryptionClient, type S3EncryptionClientOptions } from '../../aws/index.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { VaultClient } from '../support/vault-client.ts';

// The client against a whole S3, in the place of an S3Client; and on what the pipeline sealed.

const local = new VaultClient();
const { s3, kms } = local.administrator;
const { SealedBucketName, WrappingKeyArn, VaultId, SealFunctionName } = local.stack.outputs;
const Bucket = 'encryption-client';
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-client-'));
const vault = { vaultId: VaultId, binding: 'object' } as const;

let keyring: KmsKeyring;

function client(options: Partial<S3EncryptionClientOptions> = {}): S3EncryptionClient {
  return new S3EncryptionClient({ keyring, s3Client: s3, vault, ...options });
}

async function opened(key: string, by: S3EncryptionClient = client()): Promise<Buffer> {
  const { Body } = await by.send(new GetObjectCommand({ Bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const digest = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

beforeAll(async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  keyring = new KmsKeyring({ keyId: KeyMetadata?.Arn ?? '', client: kms });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
});

afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['with the envelope in the metadata', {}],
  ['with an instruction file', { metadataStrategy: 'instruction-file' }],
  [
    'in the V2 format',
    { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT', metadataStrategy: 'instruction-file' },
  ],
] satisfies [string, Partial<S3EncryptionClientOptions>][])('what the client puts %s', (name, options) => {
  let own: S3EncryptionClient;
  beforeAll(() => {
    own = client(options);
  });
  const key = (rest: string): string => `${name}/${rest}`;

  test.each([0, 1, 15, 16, 17, 100_003])('opens again: %i bytes', async (lengthBytes) => {
    const content = randomBytes(lengthBytes);
    await own.send(new PutObjectCommand({ Bucket, Key: key(`${lengthBytes}`), Body: content }));
    expect((await opened(key(`${lengthBytes}`), own)).equals(content)).toBe(true);
    const stored = await s3.send(new HeadObjectCommand({ Bucket, Key: key(`${lengthBytes}`) }));
    expect(stored.ContentLength).toBe(lengthBytes + 16);
  });

  test('opens again: a stream of unknown length, in parts', async () => {
    const content = randomBytes(11 * 2 ** 20 + 5);
    const Body = Readable.from([content.subarray(0, 7), content.subarray(7)]);
    await own.send(new PutObjectCommand({ Bucket, Key: key('stream'), Body, Metadata: { mine: 'yes' } }));
    const answer = await own.send(new GetObjectCommand({ Bucket, Key: key('stream') }));
    expect(answer).toMatchObject({ ContentLength: content.length, Metadata: { mine: 'yes' } });
    expect(digest((await answer.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(digest(content));
  });

  test('opens again: an Upload of lib-storage', async () => {
    const content = randomBytes(17 * 2 ** 20 + 1);
    await new Upload({ client: own, params: { Bucket, Key: key('upload'), Body: content } }).done();
    const path = join(folder, `upload-${name}`);
    await own.downloadToFile({ Bucket, Key: key('upload') }, path);
    expect(digest(await readFile(path))).toBe(digest(content));
  });
});

describe('a range', () => {
  const content = randomBytes(1000);
  let ranged: S3EncryptionClient;
  beforeAll(async () => {
    ranged = client({ unauthenticatedRanges: true });
    await ranged.send(new PutObjectCommand({ Bucket, Key: 'ranged', Body: content }));
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=17-40', 17, 41],
    ['bytes=990-', 990, 1000],
    ['bytes=-5', 995, 1000],
    ['bytes=990-5000', 990, 1000],
    ['bytes=-5000', 0, 1000],
  ])('%s is of the plaintext', async (Range, first, end) => {
    const answer = await ranged.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));
    expect(answer).toMatchObject({
      ContentLength: end - first,
      ContentRange: `bytes ${first}-${end - 1}/1000`,
    });
    const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    expect(bytes.toString('hex')).toBe(content.subarray(first, end).toString('hex'));
  });

  test.each(['bytes=1000-', 'bytes=1005-1010', 'bytes=2000-', 'bytes=-0'])(
    '%s is of nothing',
    async (Range) => {
      const answer = ranged.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));
      await expect(answer).rejects.toMatchObject({ code: 'RANGE_INVALID' });
    },
  );
});

describe('a copy inside S3', () => {
  test('keeps its envelope, its instruction file and its content under another key', async () => {
    const own = client({ vault: { ...vault, binding: 'vault' }, metadataStrategy: 'instruction-file' });
    await own.send(new PutObjectCommand({ Bucket, Key: 'copy/from', Body: 'content' }));
    const CopySource = `${Bucket}/copy/from`;
    await own.send(new CopyObjectCommand({ Bucket, Key: 'copy/to', CopySource }));
    expect((await opened('copy/to', own)).toString()).toBe('content');
    await own.send(
      new CopyObjectCommand({ Bucket, Key: 'copy/from', CopySource, MetadataDirective: 'REPLACE' }),
    );
    expect((await opened('copy/from', own)).toString()).toBe('content');
  });
});

test('deleting an object deletes its instruction file', async () => {
  const own = client({ metadataStrategy: 'instruction-file' });
  await own.send(new PutObjectCommand({ Bucket, Key: 'gone/object', Body: 'content' }));
  await own.send(new DeleteObjectCommand({ Bucket, Key: 'gone/object' }));
  const { Contents } = await own.send(new ListObjectsV2Command({ Bucket, Prefix: 'gone/' }));
  expect(Contents).toBeUndefined();
});

describe('in the roles of the vault', () => {
  const Key = 'encryption-client/object';
  const request = new GetObjectCommand({ Bucket: SealedBucketName, Key });
  beforeAll(async () => {
    await local.sealedFrom(Key, await local.drop(Key, 'dropped'));
  });

  test('the opener gets what the pipeline sealed', async () => {
    const opener = await local.opener();
    const own = new S3EncryptionClient({
      keyring: new KmsKeyring({ keyId: WrappingKeyArn, client: opener.kms }),
      s3Client: opener.s3,
      vault,
    });
    const { Body, Metadata } = await own.send(request);
    expect(await Body?.transformToString()).toBe('dropped');
    expect(Metadata).toEqual({});
    const put = own.send(new PutObjectCommand({ Bucket: SealedBucketName, Key, Body: 'other' }));
    await expect(put).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('the sealer puts, and gets nothing', async () => {
    const sealer = await clientsInRoleOf(local, SealFunctionName);
    const own = new S3EncryptionClient({
      keyring: new KmsKeyring({ keyId: WrappingKeyArn, client: sealer.kms }),
      s3Client: sealer.s3,
      vault,
    });
    await own.send(new PutObjectCommand({ Bucket: SealedBucketName, Key: `${Key}-2`, Body: 'put' }));
    const got = own.send(new GetObjectCommand({ Bucket: SealedBucketName, Key: `${Key}-2` }));
    await expect(got).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });
});
