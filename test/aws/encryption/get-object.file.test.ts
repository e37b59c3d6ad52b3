import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { failureOf, patternBytes, thrownBy, withFlippedBit } from '../../support/bytes.ts';
import { bucketName, createScene, expectClosed, put } from '../../support/encryption-scene.ts';
import { after, cuttingTheBody, refusing } from '../../support/fake-s3/faults.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealdrop-'));
  path = join(folder, 'file');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function download(
  client: S3EncryptionClient,
  options: { overwrite?: boolean; abortSignal?: AbortSignal } = {},
): ReturnType<S3EncryptionClient['downloadToFile']> {
  return client.downloadToFile({ Bucket: bucketName, Key: 'k' }, path, options);
}

test.each([0, 1, 16, 100_003])('a file of %i bytes comes to be, for its owner only', async (size) => {
  const { client } = createScene();
  const plaintext = patternBytes(size);
  await put(client, 'k', plaintext, { ContentType: 'text/plain', Metadata: { owner: 'ada' } });
  const answer = await download(client);
  expect(answer).toMatchObject({
    ContentLength: size,
    ContentType: 'text/plain',
    Metadata: { owner: 'ada' },
  });
  expect(answer).not.toHaveProperty('Body');
  expect(await readFile(path)).toEqual(plaintext);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['file']);
});

test('the limit of the buffer is none of a file', async () => {
  const { client, clientWith } = createScene();
  await put(client, 'k', patternBytes(5000));
  expect((await download(clientWith({ bufferLimitBytes: 10 }))).ContentLength).toBe(5000);
});

test('the file is there only when all of it has been verified', async () => {
  const { client, service } = createScene();
  await put(client, 'k', patternBytes(300_000));
  const downloading = download(client);
  while (service.bodies.length === 0) await new Promise(setImmediate);
  service.bodies[0]?.once('end', () => {
    void readdir(folder).then((names) => {
      expect(names).not.toContain('file');
    });
  });
  await downloading;
  expect(await readdir(folder)).toEqual(['file']);
});

test('no file is left of an object that was altered, even under delayed authentication', async () => {
  const scene = createScene();
  await put(scene.client, 'k', patternBytes(100_003));
  const version = scene.stored('k');
  scene.bucket.write('k', { ...version, content: withFlippedBit(version.content, -1), checksums: {} });
  for (const client of [scene.client, scene.clientWith({ delayedAuthentication: true })]) {
    expect((await failureOf(() => download(client))).code).toBe('AUTHENTICATION_FAILED');
    expect(await readdir(folder)).toEqual([]);
  }
  await writeFile(path, 'before');
  const error = await failureOf(() => download(scene.client, { overwrite: true }));
  expect(error.code).toBe('AUTHENTICATION_FAILED');
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await readdir(folder)).toEqual(['file']);
});

test('no file is left where the connection breaks, or S3 refuses', async () => {
  const { client, service } = createScene();
  await put(client, 'k', patternBytes(200_000));
  service.plan('GetObject', cuttingTheBody(100_000));
  expect(await thrownBy(() => download(client))).toMatchObject({ code: 'ECONNRESET' });
  service.plan('GetObject', refusing('AccessDenied', 403));
  expect(await thrownBy(() => download(client))).toMatchObject({ name: 'AccessDenied' });
  expect(await readdir(folder)).toEqual([]);
  expectClosed({ service });
});

test('no file is left where the download was aborted', async () => {
  const { client, service } = createScene();
  await put(client, 'k', patternBytes(900_000));
  const abort = new AbortController();
  service.onChunk = () => {
    abort.abort();
  };
  expect(await thrownBy(() => download(client, { abortSignal: abort.signal }))).toMatchObject({
    name: 'AbortError',
  });
  expect(await readdir(folder)).toEqual([]);
});

test('a file that is there is refused before anything is sent', async () => {
  const { client, service } = createScene();
  await writeFile(path, 'before');
  expect(await thrownBy(() => download(client))).toMatchObject({ code: 'EEXIST' });
  expect(service.requests).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe('before');
});

test('a file that comes to be meanwhile is not replaced', async () => {
  const { client, service } = createScene();
  await put(client, 'k', 'content');
  service.plan(
    'GetObject',
    after(() => writeFile(path, 'of another process')),
  );
  expect(await thrownBy(() => download(client))).toMatchObject({ code: 'EEXIST' });
  expect(await readFile(path, 'utf8')).toBe('of another process');
  expect(await readdir(folder)).toEqual(['file']);
});

test('a file is replaced where its caller wants that', async () => {
  const { client } = createScene();
  await put(client, 'k', 'content');
  await writeFile(path, 'before');
  await download(client, { overwrite: true });
  expect(await readFile(path, 'utf8')).toBe('content');
});

test('a folder that cannot be written to is an error of the file system', async () => {
  const { client, service } = createScene();
  await put(client, 'k', 'content');
  path = join(folder, 'missing', 'file');
  expect(await thrownBy(() => download(client))).toMatchObject({ code: 'ENOENT' });
  await mkdir(join(folder, 'missing'));
  await chmod(join(folder, 'missing'), 0o700);
  await download(client);
  expectClosed({ service });
});

test.each([
  ['Range', { Range: 'bytes=0-1' }],
  ['PartNumber', { PartNumber: 1 }],
])('a file of a %s is refused', async (parameter, more) => {
  const { clientWith, service } = createScene();
  const client = clientWith({ unauthenticatedRanges: true });
  const error = await failureOf(() => client.downloadToFile({ Bucket: bucketName, Key: 'k', ...more }, path));
  expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter } });
  expect(service.requests).toEqual([]);
});
