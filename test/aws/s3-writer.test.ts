import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import type { ObjectToWrite, WriteCondition } from '../../operations/object-store.ts';
import { failureOf, inChunks, patternBytes } from '../support/bytes.ts';

const partSizeBytes = 5 * 1024 * 1024;
const large = patternBytes(2 * partSizeBytes + 17);
const small = patternBytes(100);

const named = (name: string, status = 400) =>
  Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: status } });

function objectOf(content: Buffer, changes: Partial<ObjectToWrite> = {}): ObjectToWrite {
  return {
    bucket: 'bucket',
    key: 'in/a.txt',
    body: inChunks(content, 7, 1_000_000, 6_000_000),
    crc32: () => 'checksum',
    lengthBytes: content.length,
    metadata: { 'x-amz-c': '115' },
    headers: { contentType: 'text/plain' },
    tags: {},
    condition: { absent: true },
    ...changes,
  };
}

/** An S3 that takes everything, and remembers the parts. */
function storeOverMock() {
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const parts = new Map<number, Buffer>();
  mock.on(PutObjectCommand).resolves({ VersionId: 'v1' });
  mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'upload' });
  mock
    .on(UploadPartCommand)
    .callsFake(({ PartNumber = 0, Body }: { PartNumber?: number; Body?: unknown }) => {
      parts.set(PartNumber, Buffer.from(Body as Uint8Array));
      return { ETag: `"part-${PartNumber}"`, ChecksumCRC32: 'AAAAAA==' };
    });
  mock.on(CompleteMultipartUploadCommand).resolves({ VersionId: 'v1' });
  return { mock, parts, store: new S3ObjectStore({ client, partSizeBytes, partsAtOnce: 2 }) };
}

type World = ReturnType<typeof storeOverMock>;
const names = ({ mock }: World) => mock.calls().map((call) => call.args[0].constructor.name);
const inputsOf = ({ mock }: World, command: Parameters<World['mock']['commandCalls']>[0]) =>
  mock.commandCalls(command).map((call) => call.args[0].input as Record<string, unknown>);

describe('an object that fits one part', () => {
  test('is one request with all that belongs to it', async () => {
    const world = storeOverMock();
    expect(await world.store.write(objectOf(small))).toEqual({
      bucket: 'bucket',
      key: 'in/a.txt',
      versionId: 'v1',
    });
    expect(names(world)).toEqual(['PutObjectCommand']);
    const [{ Body, ...input } = {}] = inputsOf(world, PutObjectCommand);
    expect((Body as Buffer).equals(small)).toBe(true);
    expect(input).toEqual({
      Bucket: 'bucket',
      Key: 'in/a.txt',
      Metadata: { 'x-amz-c': '115' },
      ContentType: 'text/plain',
      IfNoneMatch: '*',
      ChecksumCRC32: 'checksum',
    });
  });

  test('is one request at exactly the length of a part', async () => {
    const world = storeOverMock();
    await world.store.write(objectOf(large.subarray(0, partSizeBytes)));
    expect(names(world)).toEqual(['PutObjectCommand']);
  });

  test('is not sent at all where its body breaks', async () => {
    const world = storeOverMock();
    await expect(world.store.write(objectOf(small, { body: broken(small) }))).rejects.toThrow();
    expect(names(world)).toEqual([]);
  });
});

describe('a larger object', () => {
  test('is sent in parts that make the whole, in order', async () => {
    const world = storeOverMock();
    const written = await world.store.write(objectOf(large));
    expect(written).toEqual({ bucket: 'bucket', key: 'in/a.txt', versionId: 'v1' });
    const sent = [...world.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    expect(sent.map((part) => part.length)).toEqual([partSizeBytes, partSizeBytes, 17]);
    expect(Buffer.concat(sent).equals(large)).toBe(true);
    const [complete] = inputsOf(world, CompleteMultipartUploadCommand);
    expect(complete?.['MultipartUpload']).toEqual({
      Parts: [1, 2, 3].map((PartNumber) => ({
        PartNumber,
        ETag: `"part-${PartNumber}"`,
        ChecksumCRC32: 'AAAAAA==',
      })),
    });
  });

  test('has one checksum over the whole of it', async () => {
    const world = storeOverMock();
    await world.store.write(objectOf(large));
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
    expect(inputsOf(world, CreateMultipartUploadCommand)).toMatchObject([checksum]);
    expect(inputsOf(world, CompleteMultipartUploadCommand)).toMatchObject([
      { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: 'checksum' },
    ]);
  });

  test('is created with its metadata, headers and tags', async () => {
    const world = storeOverMock();
    await world.store.write(objectOf(large, { tags: { team: 'blue' } }));
    expect(inputsOf(world, CreateMultipartUploadCommand)).toMatchObject([
      { Metadata: { 'x-amz-c': '115' }, ContentType: 'text/plain', Tagging: 'team=blue' },
    ]);
  });

  test.each([
    [
      'a part is refused',
      (world: World) => world.mock.on(UploadPartCommand, { PartNumber: 2 }).rejects(named('SlowDown', 503)),
      'THROTTLED',
    ],
    [
      'the last part is refused',
      (world: World) =>
        world.mock.on(UploadPartCommand, { PartNumber: 3 }).rejects(named('AccessDenied', 403)),
      'ACCESS_DENIED',
    ],
    [
      'the condition does not hold',
      (world: World) =>
        world.mock.on(CompleteMultipartUploadCommand).rejects(named('PreconditionFailed', 412)),
      'OBJECT_CHANGED',
    ],
    [
      'another write is under way',
      (world: World) =>
        world.mock.on(CompleteMultipartUploadCommand).rejects(named('ConditionalRequestConflict', 409)),
      'OBJECT_CHANGED',
    ],
  ])('leaves no upload behind where %s', async (_, prepare, code) => {
    const world = storeOverMock();
    prepare(world);
    expect((await failureOf(() => world.store.write(objectOf(large)))).code).toBe(code);
    expect(inputsOf(world, AbortMultipartUploadCommand)).toEqual([
      { Bucket: 'bucket', Key: 'in/a.txt', UploadId: 'upload' },
    ]);
    expect(names(world).at(-1)).toBe('AbortMultipartUploadCommand');
  });

  test('leaves no upload behind where its body breaks, and is not completed', async () => {
    const world = storeOverMock();
    const body = broken(large.subarray(0, partSizeBytes + 1000));
    await expect(world.store.write(objectOf(large, { body }))).rejects.toThrow();
    expect(inputsOf(world, AbortMultipartUploadCommand)).toHaveLength(1);
    expect(inputsOf(world, CompleteMultipartUploadCommand)).toEqual([]);
  });

  test('keeps the error that it failed with where the upload cannot be aborted either', async () => {
    const world = storeOverMock();
    world.mock.on(UploadPartCommand, { PartNumber: 2 }).rejects(named('SlowDown', 503));
    world.mock.on(AbortMultipartUploadCommand).rejects(named('AccessDenied', 403));
    expect((await failureOf(() => world.store.write(objectOf(large)))).code).toBe('THROTTLED');
  });

  test.each([
    ['an AbortError', Object.assign(new Error('stop'), { name: 'AbortError' })],
    [
      'a TimeoutError, as AbortSignal.timeout gives',
      Object.assign(new Error('late'), { name: 'TimeoutError' }),
    ],
    ['an error of the caller', new Error('enough')],
    ['a text', 'enough'],
  ])('leaves no upload behind where it is stopped by %s', async (_, reason) => {
    const world = storeOverMock();
    const controller = new AbortController();
    const body = stoppingAfterOnePart(controller, reason);
    const failure = await failureOf(() => world.store.write(objectOf(large, { body }), controller.signal));
    expect(inputsOf(world, AbortMultipartUploadCommand)).toHaveLength(1);
    expect(inputsOf(world, CompleteMultipartUploadCommand)).toEqual([]);
    expect(failure.code).toBe('ABORTED');
  });
});

test.each([
  ['one request', small],
  ['parts', large],
])('the checksum of an object in %s is asked for when all of its body has passed', async (_, content) => {
  const world = storeOverMock();
  let passedBytes = 0;
  const body = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of inChunks(content, 7, 1_000_000)) {
      passedBytes += chunk.length;
      yield chunk;
    }
  };
  const askedAt: number[] = [];
  const crc32 = () => {
    askedAt.push(passedBytes);
    return 'checksum';
  };
  await world.store.write(objectOf(content, { body: body(), crc32 }));
  expect(askedAt).toEqual([content.length]);
});

describe.each([
  ['one request', small, PutObjectCommand],
  ['parts', large, CompleteMultipartUploadCommand],
] as const)('the condition of a write in %s', (_, content, command) => {
  test.each([
    [{ absent: true }, { IfNoneMatch: '*' }],
    [{ etag: '"abc"' }, { IfMatch: '"abc"' }],
  ] as [WriteCondition, object][])('%j is sent as %j', async (condition, expected) => {
    const world = storeOverMock();
    await world.store.write(objectOf(content, { condition }));
    const [input = {}] = inputsOf(world, command);
    const sent = Object.fromEntries(Object.entries(input).filter(([name]) => name.startsWith('If')));
    expect(sent).toEqual(expected);
  });

  test.each([
    ['PreconditionFailed', 412, 'OBJECT_CHANGED'],
    ['ConditionalRequestConflict', 409, 'OBJECT_CHANGED'],
    ['BadDigest', 400, 'VERIFICATION_FAILED'],
    ['InvalidPart', 400, 'VERIFICATION_FAILED'],
    // S3 answers so where the object that If-Match names was deleted meanwhile.
    ['NoSuchKey', 404, 'OBJECT_CHANGED'],
    ['NoSuchBucket', 404, 'BUCKET_NOT_FOUND'],
  ])('that S3 answers with %s (%i) is %s', async (name, status, code) => {
    const world = storeOverMock();
    world.mock.on(command as typeof PutObjectCommand).rejects(named(name, status));
    const write = () => world.store.write(objectOf(content, { condition: { etag: '"abc"' } }));
    expect((await failureOf(write)).code).toBe(code);
  });
});

describe('tags of a written object', () => {
  test.each([
    [{ team: 'blue' }],
    [{ 'a b': 'c d' }],
    [{ 'a+b': 'c=d&e' }],
    [{ 'per%cent': 'ü/📦' }],
    [{ empty: '' }],
    [{ a: '1', b: '2' }],
  ])('are encoded so that every decoder reads the same: %j', async (tags) => {
    const world = storeOverMock();
    await world.store.write(objectOf(small, { tags }));
    const tagging = inputsOf(world, PutObjectCommand)[0]?.['Tagging'] as string;
    expect(Object.fromEntries(new URLSearchParams(tagging))).toEqual(tags);
    const asUri = tagging
      .split('&')
      .map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]);
    expect(Object.fromEntries(asUri)).toEqual(tags);
  });

  test('are left out where there are none', async () => {
    const world = storeOverMock();
    await world.store.write(objectOf(small));
    expect(inputsOf(world, PutObjectCommand)[0]).not.toHaveProperty('Tagging');
  });
});

async function* broken(content: Buffer): AsyncGenerator<Buffer> {
  yield* inChunks(content);
  throw new Error('the line went dead');
}

async function* stoppingAfterOnePart(controller: AbortController, reason: unknown): AsyncGenerator<Buffer> {
  yield* inChunks(large.subarray(0, partSizeBytes + 1000));
  await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(reason);
  yield* inChunks(large.subarray(partSizeBytes + 1000));
}
