import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, copy, createScene, get, put, requestsThatShow } from '../../support/encryption-scene.ts';
import { refusing } from '../../support/fake-s3/faults.ts';

const plaintext = patternBytes(100);

const strategies = [
  ['its own metadata', {}],
  ['an instruction file', { metadataStrategy: 'instruction-file' }],
  [
    'an instruction file of V2',
    { metadataStrategy: 'instruction-file', commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' },
  ],
  ['a vault', { vault: { vaultId: 'archive', binding: 'vault' } }],
] as const;

describe.each(strategies)('a sealed object with its envelope in %s', (_, options) => {
  test('stays sealed, and opens in its new place', async () => {
    const { clientWith, service, stored } = createScene();
    const client = clientWith(options);
    await put(client, 'k', plaintext, { Metadata: { owner: 'ada' } });
    const answer = await copy(client, 'k', 'copy');
    expect(answer.CopyObjectResult?.ETag).toBe(stored('copy').etag);
    expect(stored('copy').content).toEqual(stored('k').content);
    expect(stored('copy').metadata).toEqual(stored('k').metadata);
    expect(await get(client, 'copy')).toEqual(plaintext);
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(service.requestsOf('GetObject').filter(({ key }) => key === 'k')).toEqual([]);
  });

  test('keeps its envelope where the copy gets new metadata', async () => {
    const { clientWith, stored } = createScene();
    const client = clientWith(options);
    await put(client, 'k', plaintext, { Metadata: { owner: 'ada' } });
    const more = { MetadataDirective: 'REPLACE', Metadata: { team: 'blue' }, ContentType: 'x/y' } as const;
    await copy(client, 'k', 'copy', more);
    expect(stored('copy').metadata).toMatchObject({ team: 'blue' });
    expect(stored('copy').metadata).not.toHaveProperty('owner');
    expect(stored('copy').system['content-type']).toBe('x/y');
    expect(await get(client, 'copy')).toEqual(plaintext);
    await copy(client, 'k', 'bare', { MetadataDirective: 'REPLACE' });
    expect(await get(client, 'bare')).toEqual(plaintext);
  });

  test('keeps its envelope where it gets new metadata in its place', async () => {
    const { clientWith, stored } = createScene('Enabled');
    const client = clientWith(options);
    await put(client, 'k', plaintext, { Metadata: { owner: 'ada' } });
    await copy(client, 'k', 'k', { MetadataDirective: 'REPLACE', Metadata: { team: 'blue' } });
    expect(stored('k').metadata).toMatchObject({ team: 'blue' });
    expect(stored('k').metadata).not.toHaveProperty('owner');
    expect(await get(client, 'k')).toEqual(plaintext);
  });
});

describe('the instruction file of a copy', () => {
  test('is copied before the object, with what says who may read it', async () => {
    const { clientWith, service } = createScene();
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', plaintext);
    service.requests.length = 0;
    await copy(client, 'k', 'copy', {
      ServerSideEncryption: 'aws:kms',
      StorageClass: 'GLACIER',
      IfNoneMatch: '*',
      CopySourceIfNoneMatch: '"other"',
      MetadataDirective: 'REPLACE',
      Metadata: { team: 'blue' },
    });
    const [file, object] = service.requestsOf('CopyObject');
    expect([file?.key, object?.key]).toEqual(['copy.instruction', 'copy']);
    expect(file?.headers['x-amz-server-side-encryption']).toBe('aws:kms');
    for (const name of [
      'x-amz-storage-class',
      'x-amz-copy-source-if-none-match',
      'x-amz-metadata-directive',
      'x-amz-meta-team',
    ]) {
      expect(object?.headers).toHaveProperty(name);
      expect(file?.headers).not.toHaveProperty(name);
    }
    expect(object?.headers['if-none-match']).toBe('*');
  });

  test('that cannot be looked at is an error', async () => {
    const { clientWith, service } = createScene();
    const client = clientWith({ metadataStrategy: 'instruction-file' });
    await put(client, 'k', plaintext);
    service.plan('HeadObject', refusing('Forbidden', 403), 1);
    expect(await thrownBy(() => copy(client, 'k', 'copy'))).toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    expect(service.requestsOf('CopyObject')).toEqual([]);
  });

  test('does not exist for a key that has no room for one', async () => {
    const { client, plain } = createScene();
    const key = 'k'.repeat(1020);
    await put(plain, key, 'in the clear');
    const forward = copy(client, key, 'copy');
    expect((await forward).$metadata.httpStatusCode).toBe(200);
  });
});

describe('a vault whose objects are bound to their keys', () => {
  const vault = { vaultId: 'archive', binding: 'object' } as const;

  test('refuses a copy that would not open', async () => {
    const { clientWith, service } = createScene();
    const client = clientWith({ vault });
    await put(client, 'k', plaintext);
    expect((await failureOf(() => copy(client, 'k', 'copy'))).code).toBe('COPY_UNSUPPORTED');
    expect(service.requestsOf('CopyObject')).toEqual([]);
  });

  test('copies into another bucket under the same key', async () => {
    const { clientWith, service, plain } = createScene();
    const client = clientWith({ vault });
    const other = service.createBucket('other');
    await put(client, 'k', plaintext);
    await copy(client, 'k', 'k', { Bucket: 'other' });
    expect(other.find('k').metadata).toHaveProperty('x-amz-c');
    await put(plain, 'clear', 'in the clear');
    await copy(client, 'clear', 'elsewhere');
  });
});

describe('a source that is not sealed', () => {
  test.each([{}, { MetadataDirective: 'REPLACE', Metadata: { team: 'blue' } }] as const)(
    'is copied as S3 copies it: %j',
    async (more) => {
      const { client, plain, stored } = createScene();
      await put(plain, 'k', 'in the clear', { Metadata: { owner: 'ada' } });
      await copy(client, 'k', 'copy', more);
      expect(stored('copy').content.toString()).toBe('in the clear');
      expect(stored('copy').metadata).toEqual('Metadata' in more ? { team: 'blue' } : { owner: 'ada' });
    },
  );
});

test('an object that gets new settings in its place goes to S3 as it is', async () => {
  const { client, service } = createScene();
  await put(client, 'k', plaintext);
  service.requests.length = 0;
  await copy(client, 'k', 'k', { StorageClass: 'STANDARD_IA' });
  expect(service.operations()).toEqual(['CopyObject']);
  expect(await get(client, 'k')).toEqual(plaintext);
  expect(await thrownBy(() => copy(client, 'k', 'k'))).toMatchObject({ name: 'InvalidRequest' });
});

describe('what a copy may not be given', () => {
  test.each([
    ['an entry of the format', 'RESERVED_METADATA', 'copy', { 'x-amz-c': '115' }],
    ['an entry of ours', 'RESERVED_METADATA', 'copy', { 'Sealdrop-Key': 'x' }],
    ['more metadata than fits', 'METADATA_TOO_LARGE', 'copy', { note: 'n'.repeat(2000) }],
    ['the key of an instruction file', 'RESERVED_NAME', 'copy.instruction', {}],
  ])('%s', async (_, code, target, Metadata) => {
    const { client, service } = createScene();
    await put(client, 'k', plaintext);
    const error = await failureOf(() =>
      copy(client, 'k', target, { MetadataDirective: 'REPLACE', Metadata }),
    );
    expect(error.code).toBe(code);
    expect(service.requestsOf('CopyObject')).toEqual([]);
  });
});

test.each([
  ['another key', 'k'],
  ['its own', 'copy.instruction'],
])('the key of an instruction file is no target for a source of %s, sealed or not', async (_, source) => {
  const { client, plain, service } = createScene();
  await put(plain, source, 'in the clear');
  service.requests.length = 0;
  for (const MetadataDirective of ['COPY', 'REPLACE'] as const) {
    const error = await failureOf(() => copy(client, source, 'copy.instruction', { MetadataDirective }));
    expect(error.code).toBe('RESERVED_NAME');
  }
  expect(service.requests).toEqual([]);
});

test('a part cannot be copied into a sealed object', async () => {
  const { client, service } = createScene();
  const command = new UploadPartCopyCommand({
    Bucket: bucketName,
    Key: 'k',
    UploadId: 'upload-1',
    PartNumber: 1,
    CopySource: `${bucketName}/other`,
  });
  expect((await failureOf(() => client.send(command))).code).toBe('COPY_UNSUPPORTED');
  expect(service.requests).toEqual([]);
});

test('a copy that was aborted in between does not come to be', async () => {
  const { clientWith, bucket, service } = createScene();
  const client = clientWith({ metadataStrategy: 'instruction-file' });
  await put(client, 'k', plaintext);
  const abort = new AbortController();
  service.plan('CopyObject', (_request, proceed) =>
    proceed().finally(() => {
      abort.abort();
    }),
  );
  const command = new CopyObjectCommand({ Bucket: bucketName, Key: 'copy', CopySource: `${bucketName}/k` });
  const error = await thrownBy(() => client.send(command, { abortSignal: abort.signal }));
  expect(error).toMatchObject({ name: 'AbortError' });
  expect(bucket.keys()).toEqual(['copy.instruction', 'k', 'k.instruction']);
});

test('a copy that names no place is refused', async () => {
  const { client, service } = createScene();
  await put(client, 'k', plaintext);
  const command = { Bucket: undefined, Key: undefined, CopySource: `${bucketName}/k` };
  await thrownBy(() => client.send(new CopyObjectCommand(command)));
  expect(service.requestsOf('CopyObject')).toEqual([]);
});
