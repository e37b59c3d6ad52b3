import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { fetchInstructionFile } from '../../../aws/encryption/fetch-instruction-file.ts';
import { resolveSettings } from '../../../aws/encryption/settings.ts';
import { failureOf, thrownBy } from '../../support/bytes.ts';
import {
  bucketName,
  createScene,
  expectClosed,
  get,
  put,
  type EncryptionScene,
} from '../../support/encryption-scene.ts';
import { after, cuttingTheBody, refusing } from '../../support/fake-s3/faults.ts';

/** A scene with one object that has an instruction file. */
async function filed(
  commitmentPolicy:
    'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' | 'FORBID_ENCRYPT_ALLOW_DECRYPT' = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
): Promise<EncryptionScene> {
  const scene = createScene('Enabled');
  const client = scene.clientWith({ metadataStrategy: 'instruction-file', commitmentPolicy });
  await put(client, 'k', 'content');
  return { ...scene, client };
}

test('a file is read whatever the client itself would write', async () => {
  const { clientWith } = await filed();
  expect((await get(clientWith({}), 'k')).toString()).toBe('content');
});

test('a whole envelope of V2 in a file opens', async () => {
  const { client, stored } = await filed('FORBID_ENCRYPT_ALLOW_DECRYPT');
  expect(stored('k').metadata).not.toHaveProperty('x-amz-iv');
  expect((await get(client, 'k')).toString()).toBe('content');
});

test('the request for the file carries what the request for the object does', async () => {
  const { client, service } = await filed();
  await get(client, 'k', {
    ExpectedBucketOwner: '111122223333',
    RequestPayer: 'requester',
    IfMatch: '*',
    ResponseContentType: 'x/y',
  });
  const file = service.requestsOf('GetObject').at(-1);
  expect(file?.key).toBe('k.instruction');
  expect(file?.headers).toMatchObject({
    'x-amz-expected-bucket-owner': '111122223333',
    'x-amz-request-payer': 'requester',
  });
  expect(file?.headers).not.toHaveProperty('if-match');
  expect(file?.query).not.toHaveProperty('response-content-type');
});

test('a request that names no object is refused', async () => {
  const { keyring, plain } = createScene();
  const settings = resolveSettings({ keyring, s3Client: plain }, () => false);
  const nameless = { Bucket: undefined, Key: undefined };
  const error = await failureOf(() => fetchInstructionFile(settings, nameless, undefined, undefined));
  expect(error.code).toBe('SERVICE_FAILED');
});

describe('the suffix', () => {
  test('may be another one', async () => {
    const scene = await filed();
    scene.bucket.write('k.keys', scene.stored('k.instruction'));
    scene.bucket.delete('k.instruction');
    const client = scene.clientWith({ instructionFileSuffix: '.keys' });
    const { versionId } = scene.bucket.versions('k.instruction')[0] ?? {};
    scene.bucket.delete('k.instruction', versionId);
    expect((await get(client, 'k')).toString()).toBe('content');
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('INSTRUCTION_FILE_MISSING');
    const other = scene.clientWith({}).with({ instructionFileSuffix: '.keys' });
    expect((await get(other, 'k')).toString()).toBe('content');
  });

  test('that makes the key too long means that there is no file', async () => {
    const scene = await filed();
    const longKey = 'k'.repeat(1020);
    scene.bucket.write(longKey, scene.stored('k'));
    expect((await failureOf(() => get(scene.client, longKey))).code).toBe('INSTRUCTION_FILE_MISSING');
    await put(scene.plain, longKey, 'in the clear');
    expect((await failureOf(() => get(scene.client, longKey))).code).toBe('NOT_SEALED');
  });
});

describe('a file that is of another write', () => {
  test('gives way to the version that the object records', async () => {
    const scene = await filed();
    const other = await filed();
    scene.bucket.write('k.instruction', other.stored('k.instruction'));
    await put(scene.client, 'other', 'content');
    scene.bucket.write('k.instruction', scene.stored('other.instruction'));
    const { versionId } = scene.bucket.versions('k.instruction')[0] ?? {};
    expect((await get(scene.client, 'k')).toString()).toBe('content');
    expect(scene.service.requestsOf('GetObject').at(-1)?.query['versionId']).toBe(versionId);
    expectClosed(scene);
  });

  test('fails authentication where the recorded version is gone', async () => {
    const scene = await filed();
    await put(scene.client, 'other', 'content');
    const { versionId } = scene.stored('k.instruction');
    scene.bucket.write('k.instruction', scene.stored('other.instruction'));
    scene.bucket.delete('k.instruction', versionId);
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });

  test('gives way to the one that it replaced, where that was rewrapped and its first version has expired', async () => {
    const scene = await filed();
    const rewrapped = scene.stored('k.instruction');
    const { versionId } = rewrapped;
    scene.bucket.write('k.instruction', {
      ...rewrapped,
      metadata: { ...rewrapped.metadata, 'sealdrop-instruction-version': versionId },
    });
    scene.bucket.delete('k.instruction', versionId);
    const object = scene.stored('k');
    await put(scene.client, 'k', 'later');
    expect(scene.stored('k.instruction').metadata).toHaveProperty('sealdrop-instruction-before');
    // As though the later writer had stopped before its object.
    scene.bucket.write('k', object);
    expect((await get(scene.client, 'k')).toString()).toBe('content');
  });

  test('fails authentication where the object records no version', async () => {
    const scene = createScene('Off');
    const client = scene.clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', 'content');
    await put(client, 'other', 'content');
    scene.bucket.write('k.instruction', scene.stored('other.instruction'));
    expect((await failureOf(() => get(client, 'k'))).code).toBe('AUTHENTICATION_FAILED');
    // The object, its file, and whether that tells of one before it.
    expect(scene.service.requestsOf('GetObject')).toHaveLength(3);
    expectClosed(scene);
  });

  test('is an error of the service where the recorded version cannot be read', async () => {
    const scene = await filed();
    await put(scene.client, 'other', 'content');
    scene.bucket.write('k.instruction', scene.stored('other.instruction'));
    scene.service.plan('GetObject', refusing('AccessDenied', 403), 2);
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('ACCESS_DENIED');
    expectClosed(scene);
  });
});

describe('a file that was deleted', () => {
  test.each(['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const)(
    'gives way to the version that the object records under %s',
    async (commitmentPolicy) => {
      const scene = await filed(commitmentPolicy);
      scene.bucket.delete('k.instruction');
      expect((await get(scene.client, 'k')).toString()).toBe('content');
      expectClosed(scene);
    },
  );
});

describe('a put that failed behind its file', () => {
  test.each([
    ['V3', 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT', false],
    ['V3', 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT', true],
    ['V2', 'FORBID_ENCRYPT_ALLOW_DECRYPT', false],
    ['V2', 'FORBID_ENCRYPT_ALLOW_DECRYPT', true],
  ] as const)(
    'leaves the object of before, and it opens: %s, %s, delayed authentication %p',
    async (_, commitmentPolicy, delayedAuthentication) => {
      const scene = await filed(commitmentPolicy);
      scene.service.plan('PutObject', refusing('SlowDown', 503), 2);
      expect(await thrownBy(() => put(scene.client, 'k', 'second'))).toMatchObject({ name: 'SlowDown' });
      expect(scene.bucket.versions('k.instruction')).toHaveLength(2);
      expect(scene.bucket.versions('k')).toHaveLength(1);
      const client = scene.clientWith({
        commitmentPolicy,
        delayedAuthentication,
        unauthenticatedRanges: true,
      });
      expect((await get(client, 'k')).toString()).toBe('content');
      expect((await get(client, 'k', { Range: 'bytes=1-3' })).toString()).toBe('ont');
      expectClosed(scene);
    },
  );
});

describe('a file that cannot be used', () => {
  test('because it is missing', async () => {
    const scene = await filed();
    scene.bucket.delete('k.instruction', scene.stored('k.instruction').versionId);
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('INSTRUCTION_FILE_MISSING');
    expectClosed(scene);
  });

  test.each([
    ['is no JSON', 'x-amz-3'],
    ['is no object', '["x-amz-3"]'],
    ['holds something else than strings', '{"x-amz-3":1}'],
    ['holds what belongs on the object', '{"x-amz-c":"115"}'],
    ['is empty', ''],
    ['is too long', ' '.repeat(64 * 1024 + 1)],
  ])('because it %s', async (_, content) => {
    const scene = await filed();
    await put(scene.plain, 'k.instruction', Buffer.from(content));
    scene.service.chunkBytes = 1024;
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('ENVELOPE_MALFORMED');
    expectClosed(scene);
  });

  test('because its bucket is gone', async () => {
    const scene = await filed();
    scene.service.plan('GetObject', refusing('NoSuchBucket', 404), 1);
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('BUCKET_NOT_FOUND');
    expectClosed(scene);
  });

  test('because its connection breaks', async () => {
    const scene = await filed();
    scene.service.plan('GetObject', cuttingTheBody(10), 1);
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('SERVICE_UNAVAILABLE');
    expectClosed(scene);
  });

  test('because the request was aborted meanwhile', async () => {
    const scene = await filed();
    const abort = new AbortController();
    scene.service.plan(
      'GetObject',
      after(() => {
        abort.abort();
      }),
      1,
    );
    const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k' });
    const error = await thrownBy(() => scene.client.send(command, { abortSignal: abort.signal }));
    expect(error).toMatchObject({ code: 'ABORTED' });
    expectClosed(scene);
  });
});
