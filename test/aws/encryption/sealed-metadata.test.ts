import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, put, requestsThatShow } from '../../support/encryption-scene.ts';
import { after, refusing } from '../../support/fake-s3/faults.ts';

const vault = { vaultId: 'archive', binding: 'object' } as const;

describe('the metadata of a sealed object', () => {
  test('carries the envelope beside what the request names', async () => {
    const { client, stored } = createScene();
    await put(client, 'k', 'content', { Metadata: { owner: 'ada' } });
    expect(Object.keys(stored('k').metadata).sort()).toEqual([
      'owner',
      ...['x-amz-3', 'x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-t', 'x-amz-w'],
    ]);
    expect(JSON.parse(stored('k').metadata['x-amz-t'] ?? '')).toEqual({ 'aws:x-amz-cek-alg': '115' });
  });

  test('carries the records of its wrapping in a vault only', async () => {
    const { client, clientWith, stored, keyArn } = createScene();
    await put(client, 'bare', 'content');
    await put(clientWith({ vault }), 'k', 'content');
    expect(Object.keys(stored('bare').metadata).filter((name) => name.startsWith('sealdrop-'))).toEqual([]);
    expect(stored('k').metadata).toMatchObject({ 'sealdrop-key': keyArn });
    expect(stored('k').metadata).toHaveProperty('sealdrop-material');
  });

  test('is bound to the context of the vault and the key', async () => {
    const { clientWith, kms } = createScene();
    await put(clientWith({ vault: { ...vault, extraContext: { team: 'blue' } } }), 'k', 'content');
    expect(kms.calls.map(({ action }) => action)).toEqual(['GenerateDataKey']);
    expect(kms.calls[0]?.context).toMatchObject({
      'aws:x-amz-cek-alg': '115',
      'sealdrop-vault': 'archive',
      team: 'blue',
    });
    expect(kms.calls[0]?.context['sealdrop-key-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('leaves no data key in the clear', async () => {
    const { client, kms } = createScene();
    await put(client, 'k', 'content');
    expect(kms.plaintexts.map((plaintext) => plaintext.every((byte) => byte === 0))).toEqual([true]);
  });
});

describe('what is refused before a data key is asked for', () => {
  test.each([
    ['the key of an instruction file', 'RESERVED_NAME', 'k.instruction', {}],
    ['an entry of the format', 'RESERVED_METADATA', 'k', { Metadata: { 'x-amz-c': '115' } }],
    ['an entry of the format in upper case', 'RESERVED_METADATA', 'k', { Metadata: { 'X-Amz-Key-V2': 'x' } }],
    ['an entry of ours', 'RESERVED_METADATA', 'k', { Metadata: { 'sealdrop-key': 'x' } }],
    [
      'the mark of an instruction file',
      'RESERVED_METADATA',
      'k',
      { Metadata: { 'x-amz-crypto-instr-file': '' } },
    ],
  ])('%s', async (_, code, key, more) => {
    const { client, service, kms } = createScene();
    expect((await failureOf(() => put(client, key, 'content', more))).code).toBe(code);
    expect(service.requests).toEqual([]);
    expect(kms.calls).toEqual([]);
  });

  test('a key that has no room for its instruction file', async () => {
    const { clientWith, service, kms } = createScene();
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    const error = await failureOf(() => put(client, 'k'.repeat(1013), 'content'));
    expect(error.code).toBe('OBJECT_KEY_TOO_LONG');
    expect(service.requests).toEqual([]);
    expect(kms.calls).toEqual([]);
    await put(client, 'k'.repeat(1012), 'content');
  });

  test.each([
    ['a reserved name', { 'aws:x-amz-cek-alg': '115' }],
    ['a character outside ASCII', { team: 'grün' }],
  ])('a context with %s', async (_, encryptionContext) => {
    const { clientWith, service, kms } = createScene();
    const error = await failureOf(() => put(clientWith({ encryptionContext }), 'k', 'content'));
    expect(error.code).toBe('CONTEXT_INVALID');
    expect(service.requests).toEqual([]);
    expect(kms.calls).toEqual([]);
  });
});

test.each(['object-metadata', 'instruction-file'] as const)(
  'metadata that does not fit beside the envelope is refused before anything is written (%s)',
  async (metadataStrategy) => {
    const { clientWith, service } = createScene();
    const client = clientWith({ metadataStrategy });
    const error = await failureOf(() =>
      put(client, 'k', 'content', { Metadata: { note: 'n'.repeat(2000) } }),
    );
    expect(error.code).toBe('METADATA_TOO_LARGE');
    expect(service.requests).toEqual([]);
  },
);

test('an instruction file leaves more room for metadata', async () => {
  const { client, clientWith } = createScene();
  const more = { Metadata: { note: 'n'.repeat(1800) } };
  expect((await failureOf(() => put(client, 'k', 'content', more))).code).toBe('METADATA_TOO_LARGE');
  await put(clientWith({ metadataStrategy: 'instruction-file' }), 'k', 'content', more);
});

describe('an instruction file', () => {
  test.each([
    [
      'V3',
      'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
      ['x-amz-c', 'x-amz-d', 'x-amz-i'],
      ['x-amz-3', 'x-amz-t', 'x-amz-w'],
    ],
    [
      'V2',
      'FORBID_ENCRYPT_ALLOW_DECRYPT',
      [],
      [...['x-amz-cek-alg', 'x-amz-iv', 'x-amz-key-v2', 'x-amz-matdesc', 'x-amz-tag-len'], 'x-amz-wrap-alg'],
    ],
  ] as const)(
    'of %s is written before its object, and holds what the object does not',
    async (_, commitmentPolicy, ofObject, ofFile) => {
      const { clientWith, service, stored } = createScene();
      const client = clientWith({ metadataStrategy: 'instruction-file', commitmentPolicy });
      const plaintext = patternBytes(100);
      await put(client, 'k', plaintext);
      expect(service.requests.map(({ key }) => key)).toEqual(['k.instruction', 'k']);
      expect(Object.keys(stored('k').metadata).sort()).toEqual(ofObject);
      const file = stored('k.instruction');
      expect(Object.keys(JSON.parse(file.content.toString('utf8')) as object).sort()).toEqual(ofFile);
      expect(file.metadata).toEqual({ 'x-amz-crypto-instr-file': '' });
      expect(file.system['content-type']).toBe('application/json');
      expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
      expect(await get(client, 'k')).toEqual(plaintext);
    },
  );

  test('has the settings of its object that say who may read it', async () => {
    const { clientWith, service } = createScene();
    await put(clientWith({ metadataStrategy: 'instruction-file' }), 'k', 'content', {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'outer',
      ExpectedBucketOwner: '111122223333',
      StorageClass: 'GLACIER',
      ACL: 'bucket-owner-full-control',
      Metadata: { owner: 'ada' },
    });
    const [file] = service.requests;
    expect(file?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'outer',
      'x-amz-expected-bucket-owner': '111122223333',
      'x-amz-acl': 'bucket-owner-full-control',
      'if-none-match': '*',
    });
    expect(file?.headers).not.toHaveProperty('x-amz-storage-class');
    expect(file?.headers).not.toHaveProperty('x-amz-meta-owner');
  });

  test('is named, by its version, on the object', async () => {
    const { clientWith, stored } = createScene('Enabled');
    await put(clientWith({ metadataStrategy: 'instruction-file' }), 'k', 'content');
    expect(stored('k').metadata['sealdrop-instruction-version']).toBe(stored('k.instruction').versionId);
  });

  test('of an object in parts is written first, too', async () => {
    const { clientWith, service } = createScene();
    const plaintext = patternBytes(6 * 1024 * 1024);
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', plaintext);
    expect(service.operations().slice(0, 2)).toEqual(['PutObject', 'CreateMultipartUpload']);
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
  });

  test('that cannot be written leaves everything as it was', async () => {
    const { clientWith, service, bucket } = createScene();
    service.plan('PutObject', refusing('AccessDenied', 403));
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    expect(await thrownBy(() => put(client, 'k', 'content'))).toMatchObject({ name: 'AccessDenied' });
    expect(bucket.keys()).toEqual([]);
  });
});

describe('an object that stands there with an instruction file', () => {
  test('is overwritten in a versioned bucket, and its older version still opens', async () => {
    const { clientWith, service } = createScene('Enabled');
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    const { VersionId } = await put(client, 'k', 'first');
    service.requests.length = 0;
    await put(client, 'k', 'second');
    expect(service.operations()).toEqual(['PutObject', 'HeadObject', 'PutObject', 'PutObject']);
    expect((await get(client, 'k')).toString()).toBe('second');
    expect((await get(client, 'k', VersionId === undefined ? {} : { VersionId })).toString()).toBe('first');
  });

  test('still opens where only the file was overwritten', async () => {
    const { clientWith, service } = createScene('Enabled');
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', 'first');
    service.plan('PutObject', refusing('SlowDown', 503), 2);
    expect(await thrownBy(() => put(client, 'k', 'second'))).toMatchObject({ name: 'SlowDown' });
    expect((await get(client, 'k')).toString()).toBe('first');
  });

  test('is not touched in a bucket without versions, and still opens', async () => {
    const { clientWith } = createScene('Off');
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', 'first');
    const error = await failureOf(() => put(client, 'k', 'second'));
    expect(error.code).toBe('BUCKET_NOT_VERSIONED');
    expect((await get(client, 'k')).toString()).toBe('first');
  });

  test('is not touched where its file is of a time before versions', async () => {
    const { clientWith, bucket } = createScene('Off');
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', 'first');
    bucket.versioning = 'Enabled';
    expect((await failureOf(() => put(client, 'k', 'second'))).code).toBe('BUCKET_NOT_VERSIONED');
    expect((await get(client, 'k')).toString()).toBe('first');
  });
});

test('a file that another writer makes at the same time counts as one that is there', async () => {
  const { clientWith, plain, service } = createScene('Off');
  const client = clientWith({ metadataStrategy: 'instruction-file' });
  service.plan(
    'PutObject',
    after(() => put(plain, 'k.instruction', '{}')),
  );
  expect((await failureOf(() => put(client, 'k', 'content'))).code).toBe('BUCKET_NOT_VERSIONED');
});

test('an aborted request stops at the instruction file', async () => {
  const { clientWith, service, bucket } = createScene('Enabled');
  const client = clientWith({ metadataStrategy: 'instruction-file' });
  await put(client, 'k', 'first');
  const abort = new AbortController();
  service.plan(
    'HeadObject',
    after(() => {
      abort.abort();
    }),
  );
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  const command = new PutObjectCommand({ Bucket: bucketName, Key: 'k', Body: 'second' });
  expect(await thrownBy(() => client.send(command, { abortSignal: abort.signal }))).toMatchObject({
    name: 'AbortError',
  });
  expect(bucket.versions('k')).toHaveLength(1);
});

test('the head of a file that cannot be looked at is an error of the SDK', async () => {
  const { clientWith, service, client } = createScene('Enabled');
  const filing = clientWith({ metadataStrategy: 'instruction-file' });
  await put(filing, 'k', 'first');
  service.plan('HeadObject', refusing('Forbidden', 403));
  expect(await thrownBy(() => put(filing, 'k', 'second'))).toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  await client.send(new HeadObjectCommand({ Bucket: bucketName, Key: 'k' }));
});
