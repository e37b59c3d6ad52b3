import { GetObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { failureOf, patternBytes, withFlippedBit } from '../../support/bytes.ts';
import { bucketName, createScene, expectClosed, get } from '../../support/encryption-scene.ts';
import { altering, answeringWith } from '../../support/fake-s3/faults.ts';
import { anyRange, expectSlice, rangedLengths, rangesOfEveryForm } from '../../support/range-caller.ts';
import { rawObject } from '../../support/sealed-objects.ts';

const options = {
  unauthenticatedRanges: true,
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyContent: true,
} as const;

test.each(rangedLengths)('a range of %i bytes is the slice of the plaintext', async (size) => {
  const scene = createScene();
  const client = scene.clientWith(options);
  const plaintext = patternBytes(size);
  rawObject(scene, 'k', plaintext, 'cbc');
  for (const range of rangesOfEveryForm) await expectSlice(client, plaintext, range, `(${size}|\\*)`);
  expectClosed(scene);
});

test('any range of any length in chunks of any size is the slice of the plaintext', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(300), anyRange(), fc.integer({ min: 1, max: 64 }), async (size, range, chunk) => {
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

test('a range is held in memory, up to the limit of the buffer', async () => {
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

test('a range whose answer is no sequence of blocks, or ends too early, is not authentic', async () => {
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

test('a range is refused, unless the client was made for it', async () => {
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

test.each([
  ['bytes=0-9', 'bytes 0-9/*'],
  ['bytes=33-50', 'bytes 33-50/*'],
  ['bytes=90-', 'bytes 90-99/100'],
  ['bytes=90-95', 'bytes 90-95/*'],
  ['bytes=90-99', 'bytes 90-99/100'],
  ['bytes=90-1000', 'bytes 90-99/100'],
  ['bytes=-5', 'bytes 95-99/100'],
  ['bytes=-1000', 'bytes 0-99/100'],
])('%s is answered as %s: only the last block tells how long the whole is', async (Range, ContentRange) => {
  const scene = createScene();
  rawObject(scene, 'k', patternBytes(100), 'cbc');
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k', Range });
  const { Body, ...facts } = await scene.clientWith(options).send(command);
  expect(facts.ContentRange).toBe(ContentRange);
  expect(await Body?.transformToByteArray()).toHaveLength(facts.ContentLength ?? -1);
  expectClosed(scene);
});

test('the padding is read where a range reaches it, and a wrong one is not authentic', async () => {
  const scene = createScene();
  rawObject(scene, 'k', patternBytes(100), 'cbc');
  const client = scene.clientWith(options);
  const { content } = scene.stored('k');
  // A bit of one block flips the same bit of the next: here, of the length of the padding.
  scene.bucket.write('k', { ...scene.stored('k'), content: withFlippedBit(content, -17), checksums: {} });
  for (const Range of ['bytes=97-', 'bytes=-1', 'bytes=0-99']) {
    expect((await failureOf(() => get(client, 'k', { Range }))).code).toBe('AUTHENTICATION_FAILED');
  }
  expect(await get(client, 'k', { Range: 'bytes=0-79' })).toEqual(patternBytes(100).subarray(0, 80));
  expectClosed(scene);
});

test.each<[string, string | undefined, string]>([
  ['tells no range', undefined, 'SERVICE_FAILED'],
  ['tells no total', 'bytes 16-63/*', 'SERVICE_FAILED'],
  ['is of something else', 'items 16-63/112', 'SERVICE_FAILED'],
  ['tells a total that is no sequence of blocks', 'bytes 16-63/111', 'AUTHENTICATION_FAILED'],
  ['tells an end where none is', 'bytes 16-63/64', 'AUTHENTICATION_FAILED'],
  ['begins within a block', 'bytes 17-63/112', 'AUTHENTICATION_FAILED'],
  ['begins earlier than it does', 'bytes 0-47/112', 'AUTHENTICATION_FAILED'],
  ['begins too late', 'bytes 32-79/112', 'AUTHENTICATION_FAILED'],
])('an answer that %s is refused: %s', async (_, contentRange, code) => {
  const scene = createScene();
  rawObject(scene, 'k', patternBytes(100), 'cbc');
  scene.service.plan('GetObject', answeringWith({ 'content-range': contentRange }));
  const error = await failureOf(() => get(scene.clientWith(options), 'k', { Range: 'bytes=33-50' }));
  expect(error.code).toBe(code);
  expectClosed(scene);
});
