import { GetObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy, withFlippedBit } from '../../support/bytes.ts';
import { bucketName, createScene, expectClosed, get, put } from '../../support/encryption-scene.ts';
import { altering, answeringWith, cuttingTheBody, refusing } from '../../support/fake-s3/faults.ts';
import { anyRange, expectSlice, rangedLengths, rangesOfEveryForm } from '../../support/range-caller.ts';

describe.each(['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const)(
  'under %s',
  (commitmentPolicy) => {
    test.each(rangedLengths)(
      'every form of range of %i bytes is the slice of the plaintext',
      async (size) => {
        const scene = createScene();
        const client = scene.clientWith({ unauthenticatedRanges: true, commitmentPolicy });
        const plaintext = patternBytes(size);
        await put(client, 'k', plaintext);
        for (const range of rangesOfEveryForm) await expectSlice(client, plaintext, range);
        expectClosed(scene);
      },
    );
  },
);

test('any range of any length in chunks of any size is the slice of the plaintext', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(600),
      anyRange(),
      fc.integer({ min: 1, max: 64 }),
      async (size, range, chunkBytes) => {
        const scene = createScene();
        const client = scene.clientWith({ unauthenticatedRanges: true });
        const plaintext = patternBytes(size);
        await put(client, 'k', plaintext);
        scene.service.chunkBytes = chunkBytes;
        await expectSlice(client, plaintext, range);
        expectClosed(scene);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('a range fetches the blocks that it touches and the one before, which CBC needs, and no more', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true });
  await put(client, 'k', patternBytes(1_000_000));
  await get(client, 'k', { Range: 'bytes=500001-500002' });
  expect(scene.service.requestsOf('GetObject').at(-1)?.headers['range']).toBe('bytes=499984-500015');
});

test('a range of any length is a stream: the limit of the buffer is none of it', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true, bufferLimitBytes: 10 });
  await put(client, 'k', patternBytes(200_000));
  expect(await get(client, 'k', { Range: 'bytes=100-150000' })).toEqual(
    patternBytes(200_000).subarray(100, 150_001),
  );
  expectClosed(scene);
});

test('a range tells of the object what the whole tells of it', async () => {
  const scene = createScene('Enabled');
  const client = scene.clientWith({
    unauthenticatedRanges: true,
    vault: { vaultId: 'archive', binding: 'object' },
    metadataStrategy: 'instruction-file',
  });
  await put(client, 'k', patternBytes(100), { ContentType: 'text/csv', Metadata: { owner: 'ada' } });
  const { etag: ETag, versionId: VersionId } = scene.stored('k');
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k', Range: 'bytes=-7' });
  const { Body, ...facts } = await client.send(command);
  expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(patternBytes(100).subarray(93));
  expect(facts).toMatchObject({ ETag, VersionId, ContentType: 'text/csv', ContentRange: 'bytes 93-99/100' });
  expect(facts.Metadata).toEqual({ owner: 'ada' });
  expect(Object.keys(facts).filter((name) => /^Checksum(?!Type)/.test(name))).toEqual([]);
  expectClosed(scene);
});

test('a range is refused, unless the client was made for it, before anything is sent', async () => {
  const { client, service } = createScene();
  for (const Range of ['bytes=0-9', 'items=0-9', '']) {
    expect((await failureOf(() => get(client, 'k', { Range }))).code).toBe('RANGES_DISABLED');
  }
  expect(service.requests).toEqual([]);
});

test.each([
  'bytes=9-1',
  'bytes=-',
  'bytes=0-1,5-6',
  'items=0-9',
  'bytes=a-b',
  '',
  'bytes=12345678901234567-',
])('"%s" is not a range', async (Range) => {
  const { clientWith, service } = createScene();
  const client = clientWith({ unauthenticatedRanges: true });
  expect((await failureOf(() => get(client, 'k', { Range }))).code).toBe('RANGE_INVALID');
  expect(service.requests).toEqual([]);
});

test('a range is not verified: what was altered comes out altered, and the rest as it was', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true });
  const plaintext = patternBytes(100);
  await put(client, 'k', plaintext);
  const { content } = scene.stored('k');
  scene.bucket.write('k', { ...scene.stored('k'), content: withFlippedBit(content, 40), checksums: {} });
  expect(await get(client, 'k', { Range: 'bytes=35-50' })).toEqual(
    withFlippedBit(plaintext, 40).subarray(35, 51),
  );
  expect(await get(client, 'k', { Range: 'bytes=50-60' })).toEqual(plaintext.subarray(50, 61));
  expect((await failureOf(() => get(client, 'k'))).code).toBe('AUTHENTICATION_FAILED');
});

describe('an answer that is not the range', () => {
  test.each<[string, string | undefined]>([
    ['tells no range', undefined],
    ['tells no total', 'bytes 32-63/*'],
    ['begins too late', 'bytes 48-63/116'],
    ['ends too early', 'bytes 32-49/116'],
    ['is of something else', 'items 32-63/116'],
  ])('because it %s is refused', async (_, contentRange) => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', patternBytes(100));
    scene.service.plan('GetObject', answeringWith({ 'content-range': contentRange }));
    expect((await failureOf(() => get(client, 'k', { Range: 'bytes=33-50' }))).code).toBe('SERVICE_FAILED');
    expectClosed(scene);
  });

  test.each([
    ['is shorter than it says', 'bytes 16-63/116', 'AUTHENTICATION_FAILED'],
    ['ends behind the whole', 'bytes 16-63/15', 'SERVICE_FAILED'],
  ])('because it %s is refused', async (_, contentRange, code) => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', patternBytes(200));
    scene.service.plan(
      'GetObject',
      altering(({ headers, body }) => ({
        status: 206,
        headers: { ...headers, 'content-range': contentRange },
        body: body.subarray(0, 20),
      })),
    );
    const error = await failureOf(() => get(client, 'k', { Range: 'bytes=33-50' }));
    expect(error.code).toBe(code);
    expectClosed(scene);
  });

  test('because it leaves no byte of what was asked for has none', async () => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', patternBytes(100));
    scene.service.plan('GetObject', answeringWith({ 'content-range': 'bytes 16-48/49' }));
    expect((await failureOf(() => get(client, 'k', { Range: 'bytes=33-50' }))).code).toBe('RANGE_INVALID');
    expectClosed(scene);
  });

  test('because its body ends too early fails at its end', async () => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', patternBytes(100));
    scene.service.plan(
      'GetObject',
      altering((answer) => ({ ...answer, body: answer.body.subarray(0, 20) })),
    );
    const error = await failureOf(() => get(client, 'k', { Range: 'bytes=33-60' }));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });

  test('because the connection breaks is an error of its stream', async () => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', patternBytes(100_000));
    scene.service.plan('GetObject', cuttingTheBody(1000));
    expect(await thrownBy(() => get(client, 'k', { Range: 'bytes=0-50000' }))).toMatchObject({
      code: 'ECONNRESET',
    });
    expectClosed(scene);
  });

  test('because its whole is shorter than a tag is not authentic', async () => {
    const scene = createScene();
    const client = scene.clientWith({ unauthenticatedRanges: true });
    await put(client, 'k', 'content');
    scene.bucket.write('k', { ...scene.stored('k'), content: Buffer.alloc(15) });
    expect((await failureOf(() => get(client, 'k', { Range: 'bytes=0-' }))).code).toBe(
      'AUTHENTICATION_FAILED',
    );
    expectClosed(scene);
  });
});

test('a range of an object of another context, or that is not sealed, is refused as the whole is', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true });
  await put(scene.clientWith({ encryptionContext: { team: 'blue' } }), 'k', 'content');
  await put(scene.plain, 'clear', 'content');
  const Range = 'bytes=0-1';
  expect((await failureOf(() => get(client, 'k', { Range }))).code).toBe('CONTEXT_MISMATCH');
  expect((await failureOf(() => get(client, 'clear', { Range }))).code).toBe('NOT_SEALED');
  expectClosed(scene);
});

test('what S3 refuses with another error than that of a range is thrown as the SDK throws it', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true });
  scene.service.plan('GetObject', refusing('SlowDown', 503));
  expect(await thrownBy(() => get(client, 'k', { Range: 'bytes=0-1' }))).toMatchObject({ name: 'SlowDown' });
});

test('a range whose stream is closed early lets go of the connection', async () => {
  const scene = createScene();
  const client = scene.clientWith({ unauthenticatedRanges: true });
  await put(client, 'k', patternBytes(500_000));
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k', Range: 'bytes=10-' });
  const { Body } = await client.send(command);
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  await new Promise(setImmediate);
  expectClosed(scene);
});
