import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import type { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, put } from '../../support/encryption-scene.ts';
import { answeringWith } from '../../support/fake-s3/faults.ts';
import { rawObject } from '../../support/sealed-objects.ts';

function head(client: S3EncryptionClient, more: object = {}): Promise<HeadObjectCommandOutput> {
  return client.send(new HeadObjectCommand({ Bucket: bucketName, Key: 'k', ...more }));
}

test.each([
  ['V3', {}],
  ['V3 with an instruction file', { metadataStrategy: 'instruction-file' }],
  ['V2', { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }],
  ['a vault', { vault: { vaultId: 'archive', binding: 'object' } }],
] as const)('the head of an object of %s is that of its plaintext', async (_, options) => {
  for (const size of [0, 1, 15, 16, 17, 1000]) {
    const scene = createScene('Enabled');
    const client = scene.clientWith(options);
    await put(client, 'k', patternBytes(size), { Metadata: { owner: 'ada' }, ContentType: 'text/plain' });
    const answer = await head(client, { ChecksumMode: 'ENABLED' });
    expect(answer).toMatchObject({
      ContentLength: size,
      Metadata: { owner: 'ada' },
      ContentType: 'text/plain',
      ETag: scene.stored('k').etag,
      VersionId: scene.stored('k').versionId,
    });
    expect(Object.keys(answer).filter((name) => /^Checksum(?!Type)/.test(name))).toEqual([]);
  }
});

test('an object that is not sealed is told of as it is', async () => {
  const { client, plain } = createScene();
  await put(plain, 'k', 'content', { Metadata: { owner: 'ada' } });
  const answer = await head(client, { ChecksumMode: 'ENABLED' });
  expect(answer).toMatchObject({ ContentLength: 7, Metadata: { owner: 'ada' } });
  expect(Object.keys(answer)).toContain('ChecksumCRC32');
});

test('an object whose whole envelope is in an instruction file is told of as it is', async () => {
  const { clientWith } = createScene();
  const client = clientWith({
    commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    metadataStrategy: 'instruction-file',
  });
  await put(client, 'k', 'content');
  expect((await head(client)).ContentLength).toBe(7 + 16);
});

test('CBC pads: its length is what its writer noted, or it is not told', async () => {
  const scene = createScene();
  rawObject(scene, 'k', patternBytes(100), 'cbc-with-length');
  expect((await head(scene.client)).ContentLength).toBe(100);
  rawObject(scene, 'k', patternBytes(100), 'cbc');
  expect(await head(scene.client)).not.toHaveProperty('ContentLength');
});

test('the first format is of CBC too', async () => {
  const scene = createScene();
  await put(scene.plain, 'k', patternBytes(112), {
    Metadata: { 'x-amz-key': 'AAAA', 'x-amz-unencrypted-content-length': '100' },
  });
  expect(await head(scene.client)).toMatchObject({ ContentLength: 100, Metadata: {} });
});

test.each(['', 'abc', '-1', '1e3', '1234567890123456'])('a noted length of "%s" is none', async (noted) => {
  const { client, bucket, plain, stored } = createScene();
  await put(plain, 'k', 'content');
  const metadata = { 'x-amz-key': 'AAAA', 'x-amz-unencrypted-content-length': noted };
  bucket.write('k', { ...stored('k'), metadata });
  expect(await head(client)).not.toHaveProperty('ContentLength');
});

test('an object shorter than its tag is not authentic', async () => {
  const scene = createScene();
  await put(scene.client, 'k', 'content');
  scene.bucket.write('k', { ...scene.stored('k'), content: Buffer.alloc(15) });
  expect((await failureOf(() => head(scene.client))).code).toBe('AUTHENTICATION_FAILED');
  scene.service.plan('HeadObject', answeringWith({ 'content-length': undefined }));
  expect((await failureOf(() => head(scene.client))).code).toBe('AUTHENTICATION_FAILED');
});

test('metadata of two formats at once is refused', async () => {
  const { client, plain } = createScene();
  await put(plain, 'k', 'content', { Metadata: { 'x-amz-key': 'AAAA', 'x-amz-c': '115' } });
  expect((await failureOf(() => head(client))).code).toBe('ENVELOPE_MALFORMED');
});

describe.each([
  ['Range', { Range: 'bytes=0-1' }],
  ['PartNumber', { PartNumber: 1 }],
])('the %s of a head', (parameter, more) => {
  test.each([
    ['V3', {}],
    ['V3 with an instruction file', { metadataStrategy: 'instruction-file' }],
    ['V2', { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }],
  ] as const)('is refused for an object of %s', async (_, options) => {
    const { clientWith } = createScene();
    const client = clientWith(options);
    await put(client, 'k', 'content');
    const error = await failureOf(() => head(client, more));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter } });
  });

  test('is answered for an object that is not sealed', async () => {
    const { client, plain } = createScene();
    await put(plain, 'k', 'content');
    const ContentLength = parameter === 'Range' ? 2 : 7;
    expect(await head(client, more)).toMatchObject({ ContentLength });
  });
});

test('what S3 refuses is thrown as the SDK throws it', async () => {
  const { client } = createScene();
  expect(await thrownBy(() => head(client))).toMatchObject({ name: 'NotFound' });
  const abort = new AbortController();
  abort.abort();
  const command = new HeadObjectCommand({ Bucket: bucketName, Key: 'k' });
  expect(await thrownBy(() => client.send(command, { abortSignal: abort.signal }))).toMatchObject({
    name: 'AbortError',
  });
});
