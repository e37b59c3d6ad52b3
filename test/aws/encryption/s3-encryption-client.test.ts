import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  waitUntilObjectExists,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, put, requestsThatShow } from '../../support/encryption-scene.ts';

const minPartBytes = 5 * 1024 * 1024;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('where an S3Client is used', () => {
  /** Code that knows nothing of encryption. */
  async function sizeOf(s3: S3Client, key: string): Promise<number | undefined> {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucketName, Key: key }))).ContentLength;
  }

  test('the client is one', async () => {
    const { client, plain } = createScene();
    expect(client).toBeInstanceOf(S3Client);
    expect(client.config).toBe(plain.config);
    expect(client.middlewareStack).toBe(plain.middlewareStack);
    await put(client, 'k', 'content');
    expect(await sizeOf(client, 'k')).toBe(7);
  });

  test('the types of its answers are those of its commands', async () => {
    const { client } = createScene();
    await put(client, 'k', 'content');
    const answer: GetObjectCommandOutput = await client.send(
      new GetObjectCommand({ Bucket: bucketName, Key: 'k' }),
    );
    // @ts-expect-error -- the answer to a GetObject has no list
    expect(answer.Contents).toBeUndefined();
    await answer.Body?.transformToString();
  });

  test('a page after the other can be listed', async () => {
    const { client } = createScene();
    for (const key of ['a', 'b', 'c']) await put(client, key, 'content');
    const keys: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket: bucketName })) {
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect(keys).toEqual(['a', 'b', 'c']);
  });

  test('an object can be waited for', async () => {
    const { client } = createScene();
    await put(client, 'k', 'content');
    const found = await waitUntilObjectExists({ client, maxWaitTime: 10 }, { Bucket: bucketName, Key: 'k' });
    expect(found.state).toBe('SUCCESS');
  });

  test('middleware that is added to it sees what goes to S3', async () => {
    const { client, service } = createScene();
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-custom'] = 'yes';
        return next(args);
      },
      { step: 'build' },
    );
    await put(client, 'k', 'content');
    expect(service.requests[0]?.headers['x-custom']).toBe('yes');
  });

  test('its end is that of the client which it wraps', () => {
    const { client, plain } = createScene();
    const destroy = jest.spyOn(plain, 'destroy');
    client.destroy();
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});

describe('callbacks', () => {
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k' });

  test.each(['without options', 'with options', 'with no options at all'])('are told %s', async (how) => {
    const { client } = createScene();
    await put(client, 'k', 'content');
    const output = await new Promise<GetObjectCommandOutput | undefined>((resolve, reject) => {
      const done = (error: unknown, answer?: GetObjectCommandOutput): void => {
        if (error === null) resolve(answer);
        else reject(new Error('failed', { cause: error }));
      };
      if (how === 'without options') client.send(command, done);
      else if (how === 'with options') client.send(command, { requestTimeout: 1000 }, done);
      else client.send(command, undefined as never, done);
    });
    expect(await output?.Body?.transformToString()).toBe('content');
  });

  test('are told of errors', async () => {
    const { client } = createScene();
    const error = await new Promise((resolve) => {
      client.send(command, resolve);
    });
    expect(error).toMatchObject({ name: 'NoSuchKey' });
  });

  test.each([
    ['an answer', 'k'],
    ['an error', 'missing'],
  ])('that throw what they make of %s are told once, and nobody else of it', async (_, Key) => {
    const { client } = createScene();
    await put(client, 'k', 'content');
    const done = jest.fn((): never => {
      throw new Error('the callback broke');
    });
    client.send(new GetObjectCommand({ Bucket: bucketName, Key }), done);
    while (done.mock.calls.length === 0) await new Promise(setImmediate);
    // An unhandled rejection would fail the test in here.
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(done).toHaveBeenCalledTimes(1);
  });

  test('leave nothing to wait for', async () => {
    const { client } = createScene();
    await put(client, 'k', 'content');
    const send = client.send.bind(client) as (...request: unknown[]) => unknown;
    expect(send(command, () => undefined)).toBeUndefined();
  });
});

describe("lib-storage's Upload", () => {
  test.each([
    [0, 1, ['PutObject']],
    [1000, 1, ['PutObject']],
    [minPartBytes + 1, 4, undefined],
    [2 * minPartBytes, 1, undefined],
    [4 * minPartBytes + 17, 4, undefined],
    [9 * minPartBytes + 1, 9, undefined],
  ])('takes a stream of %i bytes, %i parts at once', async (size, queueSize, operations) => {
    const { client, service, stored } = createScene();
    const plaintext = Buffer.alloc(size, patternBytes(64));
    const body = Readable.from(inChunks(plaintext, 1_000_003, 5, 2_000_000), { objectMode: false });
    const params = { Bucket: bucketName, Key: 'k', Body: body, Metadata: { owner: 'ada' } };
    await new Upload({ client, params, queueSize }).done();
    if (operations !== undefined) expect(service.operations()).toEqual(operations);
    expect(requestsThatShow(service.requests, plaintext)).toEqual([]);
    expect(stored('k').metadata).toMatchObject({ owner: 'ada', 'x-amz-c': '115' });
    expect(stored('k').content).toHaveLength(size + 16);
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
    expect(service.uploads.open.size).toBe(0);
  });

  test.each(['SHA256', 'CRC32C'] as const)('takes the checksum algorithm %s', async (ChecksumAlgorithm) => {
    const { client, stored } = createScene();
    const Body = Buffer.alloc(minPartBytes + 10, 'p');
    await new Upload({ client, params: { Bucket: bucketName, Key: 'k', Body, ChecksumAlgorithm } }).done();
    expect(Object.keys(stored('k').checksums)).toEqual([ChecksumAlgorithm.toLowerCase()]);
    expect(await get(client, 'k')).toHaveLength(minPartBytes + 10);
  });

  test('leaves nothing where its stream breaks', async () => {
    const { client, service, bucket } = createScene();
    async function* broken(): AsyncGenerator<Buffer> {
      yield* inChunks(Buffer.alloc(2 * minPartBytes));
      throw new Error('the source broke');
    }
    const params = { Bucket: bucketName, Key: 'k', Body: Readable.from(broken()) };
    await thrownBy(() => new Upload({ client, params }).done());
    expect(bucket.keys()).toEqual([]);
    expect(service.uploads.open.size).toBe(0);
  });
});

describe('the commitment policy', () => {
  test.each([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'x-amz-c', ['V3']],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', 'x-amz-c', ['V3', 'V2']],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', 'x-amz-key-v2', ['V3', 'V2']],
  ] as const)('%s decides what is written and read', async (commitmentPolicy, written, read) => {
    const { client: v3, clientWith, stored } = createScene();
    const v2 = clientWith({ commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
    await put(v3, 'V3', 'content');
    await put(v2, 'V2', 'content');
    const client = clientWith({ commitmentPolicy });
    for (const version of ['V3', 'V2'] as const) {
      if ((read as readonly string[]).includes(version)) {
        expect((await get(client, version)).toString()).toBe('content');
      } else {
        expect((await failureOf(() => get(client, version))).code).toBe('COMMITMENT_REQUIRED');
      }
    }
    await put(client, 'k', 'content');
    expect(stored('k').metadata).toHaveProperty(written);
  });

  test('lets parts be sealed in V2, too', async () => {
    const { clientWith, stored } = createScene();
    const client = clientWith({ commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
    const plaintext = Buffer.alloc(minPartBytes + 10, 'p');
    await new Upload({ client, params: { Bucket: bucketName, Key: 'k', Body: plaintext } }).done();
    expect(stored('k').metadata).toHaveProperty('x-amz-key-v2');
    expect((await get(client, 'k')).equals(plaintext)).toBe(true);
  });
});
