import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { UploadPartCommand, type UploadPartCommandInput } from '@aws-sdk/client-s3';
import { describe, expect, jest, test } from '@jest/globals';
import { failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, requestsThatShow } from '../../support/encryption-scene.ts';
import { losingTheAnswer, refusing } from '../../support/fake-s3/faults.ts';
import { longPart, minPartBytes, MultipartCaller } from '../../support/multipart-caller.ts';

describe.each([
  [0, []],
  [0, [0]],
  [1, [1]],
  [minPartBytes - 1, [minPartBytes - 1]],
  [minPartBytes, [minPartBytes]],
  [minPartBytes + 1, [minPartBytes, 1]],
])('%i bytes in parts of %j', (size, lengths) => {
  test('are sealed, and open', async () => {
    const { client, service, stored } = createScene();
    const plaintext = longPart(size);
    const upload = await MultipartCaller.create(client, { Metadata: { owner: 'ada' }, ContentType: 'x/y' });
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      await upload.send(index + 1, plaintext.subarray(at, at + length));
      at += length;
    }
    expect(await upload.complete()).toMatchObject({ ETag: stored('k').etag, Bucket: bucketName, Key: 'k' });
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(stored('k')).toMatchObject({
      metadata: { owner: 'ada', 'x-amz-c': '115' },
      system: { 'content-type': 'x/y' },
    });
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
    expect(service.uploads.open.size).toBe(0);
  });
});

test('parts that are handed in at the same time, in any order, are sealed in theirs', async () => {
  const { client } = createScene();
  const parts = [1, 2, 3].map((number) => longPart(minPartBytes, `part ${number}`));
  const upload = await MultipartCaller.create(client);
  await Promise.all([3, 1, 2].map((number) => upload.send(number, parts[number - 1] ?? '')));
  await upload.complete();
  expect((await get(client, 'k')).equals(Buffer.concat(parts))).toBe(true);
}, 30_000);

test.each<[string, () => NonNullable<UploadPartCommandInput['Body']>]>([
  ['a stream', () => Readable.from(inChunks(patternBytes(100), 7))],
  ['a Blob', () => new Blob([new Uint8Array(patternBytes(100))])],
  ['a Uint8Array', () => new Uint8Array(patternBytes(100))],
])('a part may be %s', async (_, make) => {
  const { client } = createScene();
  const upload = await MultipartCaller.create(client);
  await upload.send(1, make());
  await upload.complete();
  expect(await get(client, 'k')).toEqual(patternBytes(100));
});

test.each([undefined, 'CRC32', 'CRC32C', 'SHA256'] as const)(
  'parts with the checksum algorithm %s are completed with it',
  async (ChecksumAlgorithm) => {
    const { client, stored } = createScene();
    const upload = await MultipartCaller.create(client, { ChecksumAlgorithm });
    await upload.send(1, longPart(minPartBytes), { ChecksumAlgorithm });
    await upload.send(2, patternBytes(10), { ChecksumAlgorithm });
    await upload.complete();
    expect(Object.keys(stored('k').checksums)).toEqual(
      ChecksumAlgorithm === undefined ? [] : [ChecksumAlgorithm.toLowerCase()],
    );
    expect(await get(client, 'k')).toHaveLength(minPartBytes + 10);
  },
);

test('an upload without a part, too, is completed with the checksum that it was created with', async () => {
  const { client, stored } = createScene();
  const upload = await MultipartCaller.create(client, { ChecksumAlgorithm: 'SHA256' });
  await upload.complete();
  expect(Object.keys(stored('k').checksums)).toEqual(['sha256']);
  expect(await get(client, 'k')).toHaveLength(0);
});

describe('what a part says of itself', () => {
  test('is of the plaintext: it is verified, and not sent on', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const body = patternBytes(100);
    const ContentMD5 = createHash('md5').update(body).digest('base64');
    await upload.send(1, body, { ContentMD5, ContentLength: 100 });
    expect(service.requestsOf('UploadPart')[0]?.headers).not.toHaveProperty('content-md5');
  });

  test.each([
    ['checksum', 'CHECKSUM_MISMATCH', { ContentMD5: 'AAAA' }],
    ['length', 'CONTENT_LENGTH_MISMATCH', { ContentLength: 99 }],
    ['unknown checksum', 'REQUEST_UNSUPPORTED', { ChecksumXXHASH64: 'AAAA' }],
  ])('a wrong %s is refused, and the part may come again', async (_, code, more) => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const error = await failureOf(() => upload.send(1, patternBytes(100), more));
    expect(error.code).toBe(code);
    expect(service.requestsOf('UploadPart')).toEqual([]);
    await upload.send(1, patternBytes(100));
    await upload.complete();
    expect(await get(client, 'k')).toEqual(patternBytes(100));
  });
});

describe('a part that comes again', () => {
  test('is not sent again when S3 has it', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const first = await upload.send(1, patternBytes(100));
    expect(await upload.send(1, patternBytes(100))).toEqual(first);
    expect(service.requestsOf('UploadPart')).toHaveLength(1);
    await upload.complete();
    expect(await get(client, 'k')).toEqual(patternBytes(100));
  });

  test.each([
    ['refused it', refusing('SlowDown', 503)],
    ['took it without an answer', losingTheAnswer()],
  ])('with the same bytes is sent as the same ciphertext where S3 %s', async (_, fault) => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    service.plan('UploadPart', fault);
    await thrownBy(() => upload.send(1, longPart(minPartBytes)));
    const error = await failureOf(() => upload.complete([{ PartNumber: 1, ETag: '"x"' }]));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { partNumber: 1 } });
    await upload.send(2, patternBytes(10, 'second'));
    await upload.send(1, longPart(minPartBytes));
    const sent = service.requestsOf('UploadPart').filter(({ query }) => query['partNumber'] === '1');
    expect(sent[1]?.body.equals(sent[0]?.body ?? Buffer.alloc(0))).toBe(true);
    await upload.complete();
    const expected = Buffer.concat([longPart(minPartBytes), patternBytes(10, 'second')]);
    expect((await get(client, 'k')).equals(expected)).toBe(true);
  });

  test('with other bytes ends the upload, and nothing of them is sent', async () => {
    const { client, service, bucket } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(100));
    const error = await failureOf(() => upload.send(1, patternBytes(100, 'other')));
    expect(error.code).toBe('PART_CHANGED');
    expect(service.requestsOf('UploadPart')).toHaveLength(1);
    expect(service.uploads.open.size).toBe(0);
    expect((await failureOf(() => upload.send(2, patternBytes(1)))).code).toBe('UPLOAD_UNKNOWN');
    expect((await failureOf(() => upload.complete())).code).toBe('UPLOAD_UNKNOWN');
    expect(bucket.keys()).toEqual([]);
  });
});

test('a part behind a gap is refused after a while', async () => {
  const { client } = createScene();
  const upload = await MultipartCaller.create(client);
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  try {
    const waiting = failureOf(() => upload.send(2, patternBytes(10)));
    while (jest.getTimerCount() === 0) await new Promise(setImmediate);
    jest.advanceTimersByTime(10_000);
    expect((await waiting).code).toBe('PART_OUT_OF_ORDER');
  } finally {
    jest.useRealTimers();
  }
});

test.each([undefined, 0, 10_001])('%p is not the number of a part', async (PartNumber) => {
  const { client } = createScene();
  const upload = await MultipartCaller.create(client);
  const command = { Bucket: bucketName, Key: 'k', UploadId: upload.id, PartNumber, Body: 'x' };
  expect((await failureOf(() => client.send(new UploadPartCommand(command)))).code).toBe('PART_OUT_OF_ORDER');
});
