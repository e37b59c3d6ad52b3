import { GetObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { failureOf, patternBytes, thrownBy, withFlippedBit } from '../../support/bytes.ts';
import { bucketName, createScene, expectClosed, get, put } from '../../support/encryption-scene.ts';
import { altering, answeringWith, cuttingTheBody, refusing } from '../../support/fake-s3/faults.ts';
import { rawObject } from '../../support/sealed-objects.ts';

/** What HTTP makes of a range: the first byte and the one behind the last, or nothing. */
function sliceOf(range: string, lengthBytes: number): [from: number, to: number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const from = first === '' ? Math.max(0, lengthBytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? lengthBytes : Math.min(lengthBytes, Number(last) + 1);
  return from < to ? [from, to] : undefined;
}

/** Compares the answer to a range with a slice of the plaintext. */
async function expectSlice(
  client: S3EncryptionClient,
  plaintext: Buffer,
  range: string,
  total = String(plaintext.length),
): Promise<void> {
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k', Range: range });
  const slice = sliceOf(range, plaintext.length);
  if (slice === undefined) {
    expect((await failureOf(() => client.send(command))).code).toBe('RANGE_INVALID');
    return;
  }
  const [from, to] = slice;
  const answer = await client.send(command);
  expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(
    plaintext.subarray(from, to),
  );
  expect(answer).toMatchObject({
    ContentLength: to - from,
    ContentRange: expect.stringMatching(new RegExp(`^bytes ${from}-${to - 1}/${total}$`)) as unknown,
    Metadata: {},
  });
}

const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 100];
const ranges = [
  ...['bytes=0-0', 'bytes=0-15', 'bytes=0-16', 'bytes=15-16', 'bytes=16-31', 'bytes=1-99', 'bytes=99-99'],
  ...['bytes=0-', 'bytes=15-', 'bytes=16-', 'bytes=17-', 'bytes=100-', 'bytes=116-', 'bytes=1000-2000'],
  ...['bytes=-0', 'bytes=-1', 'bytes=-15', 'bytes=-16', 'bytes=-17', 'bytes=-100', 'bytes=-1000'],
  'bytes=0-9999999999999999',
];

const position = fc.nat(700);
const anyRange = fc.oneof(
  fc.tuple(position, position).map(([first, more]) => `bytes=${first}-${first + more}`),
  position.map((first) => `bytes=${first}-`),
  position.map((suffix) => `bytes=-${suffix}`),
);

describe.each(['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'FORBID_ENCRYPT_ALLOW_DECRYPT'] as const)(
  'under %s',
  (commitmentPolicy) => {
    test.each(lengths)('every form of range of %i bytes is the slice of the plaintext', async (size) => {
      const scene = createScene();
      const client = scene.clientWith({ unauthenticatedRanges: true, commitmentPolicy });
      const plaintext = patternBytes(size);
      await put(client, 'k', plaintext);
      for (const range of ranges) await expectSlice(client, plaintext, range);
      expectClosed(scene);
    });
  },
);

test('any range of any length in chunks of any size is the slice of the plaintext', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(600),
      anyRange,
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

describe('a range of CBC', () => {
  const options = {
    unauthenticatedRanges: true,
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyContent: true,
  } as const;

  test.each(lengths)('of %i bytes is the slice of the plaintext', async (size) => {
    const scene = createScene();
    const client = scene.clientWith(options);
    const plaintext = patternBytes(size);
    rawObject(scene, 'k', plaintext, 'cbc');
    for (const range of ranges) await expectSlice(client, plaintext, range, `(${size}|\\*)`);
    expectClosed(scene);
  });

  test('any range of any length in chunks of any size is the slice of the plaintext', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(300), anyRange, fc.integer({ min: 1, max: 64 }), async (size, range, chunk) => {
        const scene = createScene();
        const plaintext = patternBytes(size);
        rawObject(scene, 'k', plaintext, 'cbc');
        scene.service.chunkBytes = chunk;
        await expectSlice(scene.clientWith(options), plaintext, range, `(${size}|\\*)`);
        expectClosed(scene);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('is held in memory, up to the limit of the buffer', async () => {
    const scene = createScene();
    rawObject(scene, 'k', patternBytes(5000), 'cbc');
    const client = scene.clientWith({ ...options, bufferLimitBytes: 1000 });
    expect(await get(client, 'k', { Range: 'bytes=3000-3800' })).toEqual(
      patternBytes(5000).subarray(3000, 3801),
    );
    const error = await failureOf(() => get(client, 'k', { Range: 'bytes=3000-4500' }));
    expect(error.code).toBe('BUFFER_LIMIT_EXCEEDED');
    expectClosed(scene);
  });

  test('whose answer is no sequence of blocks, or ends too early, is not authentic', async () => {
    const scene = createScene();
    rawObject(scene, 'k', patternBytes(100), 'cbc');
    const client = scene.clientWith(options);
    for (const bytes of [20, 32]) {
      scene.service.plan(
        'GetObject',
        altering((answer) => ({ ...answer, body: answer.body.subarray(0, bytes) })),
      );
      const error = await failureOf(() => get(client, 'k', { Range: 'bytes=33-60' }));
      expect(error.code).toBe('AUTHENTICATION_FAILED');
    }
    scene.bucket.write('k', { ...scene.stored('k'), content: scene.stored('k').content.subarray(0, 99) });
    const error = await failureOf(() => get(client, 'k', { Range: 'bytes=0-9' }));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expectClosed(scene);
  });

  test('is refused, unless the client was made for it', async () => {
    const scene = createScene();
    rawObject(scene, 'k', patternBytes(100), 'cbc');
    const Range = 'bytes=0-1';
    const { unauthenticatedRanges, commitmentPolicy, legacyContent } = options;
    const cautious = scene.clientWith({ commitmentPolicy, legacyContent });
    const modern = scene.clientWith({ commitmentPolicy, unauthenticatedRanges });
    expect((await failureOf(() => get(cautious, 'k', { Range }))).code).toBe('RANGES_DISABLED');
    expect((await failureOf(() => get(modern, 'k', { Range }))).code).toBe('LEGACY_CONTENT_DISABLED');
    expectClosed(scene);
  });
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
