import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { copy, createScene, get, put, type EncryptionScene } from '../../support/encryption-scene.ts';
import type { Versioning } from '../../support/fake-s3.ts';
import { refusing } from '../../support/fake-s3/faults.ts';

const formats = [
  ['V3', 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'],
  ['V2', 'FORBID_ENCRYPT_ALLOW_DECRYPT'],
] as const;

/** A scene whose client writes instruction files, with an object that has one. */
async function filed(
  versioning: Versioning,
  commitmentPolicy: (typeof formats)[number][1] = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
): Promise<EncryptionScene> {
  const scene = createScene(versioning);
  const client = scene.clientWith({ metadataStrategy: 'instruction-file', commitmentPolicy });
  await put(client, 'k', 'first', { Metadata: { owner: 'ada' } });
  scene.service.requests.length = 0;
  return { ...scene, client };
}

/** Takes the note of its file's version from an object, as an older client would have written it. */
function withoutNote({ bucket, stored }: EncryptionScene, key: string): string {
  const { 'sealdrop-instruction-version': _noted, ...metadata } = stored(key).metadata;
  return bucket.write(key, { ...stored(key), metadata }).versionId;
}

describe.each(formats)('the instruction file of a copy (%s)', (_, commitmentPolicy) => {
  test('is written where none stands, and in the place of one that has versions', async () => {
    const { client, service, stored } = await filed('Enabled', commitmentPolicy);
    await copy(client, 'k', 'copy');
    expect(service.operations()).toEqual(['HeadObject', 'HeadObject', 'CopyObject', 'CopyObject']);
    expect(service.requestsOf('CopyObject')[0]?.headers['if-none-match']).toBe('*');
    await put(client, 'k', 'second');
    service.requests.length = 0;
    await copy(client, 'k', 'copy');
    expect(service.requests.slice(2).map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      'CopyObject copy.instruction',
      'HeadObject copy.instruction',
      'CopyObject copy.instruction',
      'CopyObject copy',
    ]);
    expect(service.requestsOf('CopyObject')[1]?.headers).not.toHaveProperty('if-none-match');
    expect(stored('copy').metadata['sealdrop-instruction-version']).toBe(
      stored('copy.instruction').versionId,
    );
    expect((await get(client, 'copy')).toString()).toBe('second');
  });

  test('does not replace the one of an object in a bucket without versions', async () => {
    const { client, service } = await filed('Off', commitmentPolicy);
    await put(client, 'copy', 'precious');
    service.requests.length = 0;
    expect((await failureOf(() => copy(client, 'k', 'copy'))).code).toBe('BUCKET_NOT_VERSIONED');
    expect(service.requestsOf('CopyObject')).toHaveLength(1);
    expect((await get(client, 'copy')).toString()).toBe('precious');
  });

  test('lets the object of before open where the object itself could not be copied', async () => {
    const { client, service } = await filed('Enabled', commitmentPolicy);
    await put(client, 'copy', 'precious');
    service.plan('CopyObject', refusing('SlowDown', 503), 2);
    expect(await thrownBy(() => copy(client, 'k', 'copy'))).toMatchObject({ name: 'SlowDown' });
    expect((await get(client, 'copy')).toString()).toBe('precious');
  });

  test('is recorded by its own version, beside what the object says of itself', async () => {
    const { client, stored } = await filed('Enabled', commitmentPolicy);
    const headers = {
      ContentType: 'text/csv',
      CacheControl: 'no-store',
      ContentDisposition: 'inline',
      ContentLanguage: 'de',
      ContentEncoding: 'gzip',
      Expires: new Date('2101-02-03T04:05:06Z'),
      WebsiteRedirectLocation: '/elsewhere',
    };
    await put(client, 'k', 'second', { ...headers, Metadata: { owner: 'ada' } });
    await copy(client, 'k', 'copy');
    const noted = stored('copy.instruction').versionId;
    expect(noted).not.toBe(stored('k.instruction').versionId);
    expect(stored('copy').metadata).toEqual({
      ...stored('k').metadata,
      'sealdrop-instruction-version': noted,
    });
    expect(stored('copy').metadata['owner']).toBe('ada');
    // As S3 has it, a copy does not take a redirect along.
    const { 'x-amz-website-redirect-location': redirect, ...system } = stored('k').system;
    expect(redirect).toBe('/elsewhere');
    expect(stored('copy').system).toEqual(system);
    expect((await get(client, 'copy')).toString()).toBe('second');
  });

  test('is recorded where the copy gets new metadata and headers', async () => {
    const { client, stored } = await filed('Enabled', commitmentPolicy);
    const more = {
      MetadataDirective: 'REPLACE',
      Metadata: { team: 'blue' },
      CacheControl: 'no-store',
    } as const;
    await copy(client, 'k', 'copy', more);
    expect(stored('copy').metadata).toMatchObject({
      team: 'blue',
      'sealdrop-instruction-version': stored('copy.instruction').versionId,
    });
    expect(stored('copy').metadata).not.toHaveProperty('owner');
    expect(stored('copy').system['cache-control']).toBe('no-store');
    expect((await get(client, 'copy')).toString()).toBe('first');
  });

  test('is that of the version that is copied, elsewhere and into its own place', async () => {
    const { client, service, stored } = await filed('Enabled', commitmentPolicy);
    const { versionId } = stored('k');
    const noted = stored('k').metadata['sealdrop-instruction-version'];
    await put(client, 'k', 'second');
    service.requests.length = 0;
    await copy(client, `k?versionId=${versionId}`, 'copy');
    expect(service.requestsOf('CopyObject')[0]?.headers['x-amz-copy-source']).toBe(
      `vault/k.instruction?versionId=${noted ?? ''}`,
    );
    expect((await get(client, 'copy')).toString()).toBe('first');
    await copy(client, `k?versionId=${versionId}`, 'k');
    expect(stored('k').metadata['sealdrop-instruction-version']).toBe(stored('k.instruction').versionId);
    expect((await get(client, 'k')).toString()).toBe('first');
  });

  test('is refused for an older version whose file was not noted', async () => {
    const scene = await filed('Enabled', commitmentPolicy);
    const versionId = withoutNote(scene, 'k');
    await put(scene.client, 'k', 'second');
    scene.service.requests.length = 0;
    const error = await failureOf(() => copy(scene.client, `k?versionId=${versionId}`, 'copy'));
    expect(error.code).toBe('COPY_UNSUPPORTED');
    expect(scene.service.requestsOf('CopyObject')).toEqual([]);
  });

  test('is the one that stands for a newest version whose file was not noted', async () => {
    const scene = await filed('Enabled', commitmentPolicy);
    withoutNote(scene, 'k');
    await copy(scene.client, 'k', 'copy');
    expect((await get(scene.client, 'copy')).toString()).toBe('first');
  });

  test('is the one that stands where the noted one is gone', async () => {
    const scene = await filed('Enabled', commitmentPolicy);
    const { versionId } = scene.stored('k.instruction');
    scene.bucket.write('k.instruction', scene.stored('k.instruction'));
    scene.bucket.delete('k.instruction', versionId);
    await copy(scene.client, 'k', 'copy');
    expect((await get(scene.client, 'copy')).toString()).toBe('first');
  });

  test('is the noted one where another write has replaced it', async () => {
    const scene = await filed('Enabled', commitmentPolicy);
    scene.service.plan('PutObject', refusing('SlowDown', 503), 2);
    await thrownBy(() => put(scene.client, 'k', 'second'));
    await copy(scene.client, 'k', 'copy');
    expect((await get(scene.client, 'copy')).toString()).toBe('first');
  });
});

test('an object that must have an instruction file, and has none, is not copied', async () => {
  const { client, bucket, service } = await filed('Off');
  bucket.delete('k.instruction');
  expect((await failureOf(() => copy(client, 'k', 'copy'))).code).toBe('INSTRUCTION_FILE_MISSING');
  expect(service.requestsOf('CopyObject')).toEqual([]);
});

test('what S3 says of the instruction file is thrown as the SDK throws it', async () => {
  const { client, service } = await filed('Enabled');
  for (const [operation, passing, copies] of [
    ['HeadObject', 1, 0],
    ['CopyObject', 0, 1],
  ] as const) {
    service.requests.length = 0;
    service.plan(operation, refusing('SlowDown', 503), passing);
    expect(await thrownBy(() => copy(client, 'k', 'copy'))).toMatchObject({
      $metadata: { httpStatusCode: 503 },
    });
    expect(service.requestsOf('CopyObject')).toHaveLength(copies);
  }
});

test('the conditions of the caller are on the object, and not on its file', async () => {
  const { client, service, stored } = await filed('Enabled');
  await copy(client, 'k', 'copy', { CopySourceIfMatch: stored('k').etag, CopySourceIfNoneMatch: '"other"' });
  const [ofObject, ofFile] = service.requestsOf('HeadObject');
  expect([ofObject?.key, ofFile?.key]).toEqual(['k', 'k.instruction']);
  expect(ofObject?.headers).toMatchObject({ 'if-match': stored('k').etag, 'if-none-match': '"other"' });
  expect(ofFile?.headers).not.toHaveProperty('if-match');
  expect(ofFile?.headers).not.toHaveProperty('if-none-match');
  const [file, object] = service.requestsOf('CopyObject');
  expect(file?.headers).not.toHaveProperty('x-amz-copy-source-if-match');
  expect(object?.headers['x-amz-copy-source-if-match']).toBe(stored('k').etag);
});

test('metadata that does not fit is refused before the instruction file is copied', async () => {
  const { client, service } = await filed('Enabled');
  const more = { MetadataDirective: 'REPLACE', Metadata: { note: 'n'.repeat(2000) } } as const;
  expect((await failureOf(() => copy(client, 'k', 'copy', more))).code).toBe('METADATA_TOO_LARGE');
  expect(service.requestsOf('CopyObject')).toEqual([]);
});

test('a key that has no room for an instruction file is no target', async () => {
  const { client, service } = await filed('Enabled');
  const error = await failureOf(() => copy(client, 'k', 'k'.repeat(1013)));
  expect(error.code).toBe('OBJECT_KEY_TOO_LONG');
  expect(service.requestsOf('CopyObject')).toEqual([]);
  await copy(client, 'k', 'k'.repeat(1012));
  expect(await get(client, 'k'.repeat(1012))).toEqual(Buffer.from('first'));
});

test('an instruction file that was left behind does not seal an object that is in the clear', async () => {
  const { client, plain, stored } = createScene();
  await put(plain, 'k', patternBytes(10));
  await copy(client, 'k', 'copy');
  expect(stored('copy').content).toEqual(patternBytes(10));
});
