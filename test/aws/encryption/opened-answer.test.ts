import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, jest, test } from '@jest/globals';
import { openAnswer, plaintextAnswer, releasing, streamOf } from '../../../aws/encryption/opened-answer.ts';
import { resolveSettings } from '../../../aws/encryption/settings.ts';
import { unsupportedParameter } from '../../../aws/encryption/unsupported-parameter.ts';
import { committingSuite, type Envelope, type StartOpenOptions } from '../../../envelope/index.ts';
import { failureOf, gather, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';
import {
  bucketName,
  createScene,
  expectClosed,
  put,
  type EncryptionScene,
} from '../../support/encryption-scene.ts';
import { refusing } from '../../support/fake-s3/faults.ts';

const named = { Bucket: bucketName, Key: 'k' };

function settingsOf(
  { keyring, plain }: EncryptionScene,
  options: object = {},
): ReturnType<typeof resolveSettings> {
  return resolveSettings({ keyring, s3Client: plain, ...options }, () => false);
}

describe('an answer', () => {
  test('is opened before its body is read', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(100), { Metadata: { owner: 'ada' } });
    const start = jest.fn((_envelope: Envelope, answer: GetObjectCommandOutput) =>
      Promise.resolve(`opened ${answer.ContentLength ?? 0}`),
    );
    const opened = await openAnswer(settingsOf(scene), named, undefined, start);
    expect(opened.decryptor).toBe('opened 116');
    expect(opened.answer.Metadata).toMatchObject({ owner: 'ada', 'x-amz-c': '115' });
    expect(opened.sealed.readableDidRead).toBe(false);
    expect(start.mock.calls[0]?.[0].content.suite).toBe(committingSuite);
    expect(await gather(opened.sealed)).toEqual(scene.stored('k').content);
  });

  test('is opened under the policy and the context of its client', async () => {
    const scene = createScene();
    await put(scene.client, 'k', 'content');
    const { signal } = new AbortController();
    const seen: StartOpenOptions[] = [];
    const options = {
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
      encryptionContext: { team: 'blue' },
    };
    const { sealed } = await openAnswer(
      settingsOf(scene, options),
      named,
      signal,
      (_envelope, _answer, each) => {
        seen.push(each);
        return Promise.resolve();
      },
    );
    sealed.destroy();
    expect(seen).toEqual([
      {
        commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
        expectedContext: { team: 'blue' },
        signal,
      },
    ]);
  });

  test('lets go of its body where it cannot be opened', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(300_000));
    const failing = () => Promise.reject(new Error('no key'));
    const error = await thrownBy(() => openAnswer(settingsOf(scene), named, undefined, failing));
    expect(error).toEqual(new Error('no key'));
    expect(scene.service.bodies.at(-1)?.destroyed).toBe(true);
    expectClosed(scene);
  });

  test('lets go of its body where its instruction file cannot be read', async () => {
    const scene = createScene();
    await put(scene.clientWith({ metadataStrategy: 'instruction-file' }), 'k', 'content');
    scene.service.plan('GetObject', refusing('AccessDenied', 403), 1);
    const start = jest.fn(() => Promise.resolve());
    const error = await failureOf(() => openAnswer(settingsOf(scene), named, undefined, start));
    expect(error.code).toBe('ACCESS_DENIED');
    expect(start).not.toHaveBeenCalled();
    expectClosed(scene);
  });

  test('whose connection breaks while it is opened tells so to its reader, and to nobody else', async () => {
    const scene = createScene();
    await put(scene.client, 'k', patternBytes(300_000));
    const { sealed } = await openAnswer(settingsOf(scene), named, undefined, async () => {
      scene.service.bodies.at(-1)?.destroy(new Error('socket hang up'));
      await new Promise(setImmediate);
    });
    expect(await thrownBy(() => gather(sealed))).toEqual(new Error('socket hang up'));
  });

  test('of one part is refused before it is asked for', async () => {
    const scene = createScene();
    const request = { ...named, PartNumber: 1 };
    const error = await failureOf(() =>
      openAnswer(settingsOf(scene), request, undefined, () => Promise.resolve()),
    );
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'PartNumber' } });
    expect(scene.service.requests).toEqual([]);
  });

  test('that there is no such range is an error of ours; every other is the SDK’s', async () => {
    const scene = createScene();
    const ask = () => openAnswer(settingsOf(scene), named, undefined, () => Promise.resolve());
    scene.service.plan('GetObject', refusing('InvalidRange', 416));
    const error = await failureOf(ask);
    expect(error.code).toBe('RANGE_INVALID');
    expect(error.cause).toMatchObject({ name: 'InvalidRange' });
    scene.service.plan('GetObject', refusing('SlowDown', 503));
    expect(await thrownBy(ask)).toMatchObject({ name: 'SlowDown' });
  });
});

describe('a stream of the plaintext', () => {
  test('takes the sealed stream with it at its end', async () => {
    const sealed = Readable.from([Buffer.alloc(9)]);
    const plaintext = streamOf([patternBytes(5), patternBytes(7)], sealed);
    expect(await gather(plaintext)).toEqual(Buffer.concat([patternBytes(5), patternBytes(7)]));
    await new Promise(setImmediate);
    expect(sealed.destroyed).toBe(true);
  });

  test('takes it along where it is closed unread, and where it fails', async () => {
    const [unread, failing] = [Readable.from([Buffer.alloc(9)]), Readable.from([Buffer.alloc(9)])];
    streamOf([patternBytes(5)], unread).destroy();
    async function* broken(): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(5));
      throw new Error('the tag was wrong');
    }
    expect(await thrownBy(() => gather(streamOf(broken(), failing)))).toEqual(new Error('the tag was wrong'));
    await new Promise(setImmediate);
    expect([unread.destroyed, failing.destroyed]).toEqual([true, true]);
  });

  test('is one of bytes', () => {
    const stream = streamOf([], Readable.from([]));
    expect(stream.readableObjectMode).toBe(false);
  });
});

describe('what reads a body', () => {
  test('lets go of it, whatever it comes to', async () => {
    const bodies = [Readable.from([Buffer.alloc(9)]), Readable.from([Buffer.alloc(9)])];
    const [one, other] = bodies as [Readable, Readable];
    expect(await releasing(one, () => Promise.resolve('read'))).toBe('read');
    expect(await thrownBy(() => releasing(other, () => Promise.reject(new Error('no'))))).toEqual(
      new Error('no'),
    );
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});

describe('the answer to a caller', () => {
  const answer: GetObjectCommandOutput = {
    $metadata: { httpStatusCode: 200 },
    ContentLength: 116,
    ContentType: 'text/csv',
    ETag: '"e"',
    ChecksumCRC32: 'AAAAAA==',
    ChecksumType: 'FULL_OBJECT',
    Metadata: { owner: 'ada', 'x-amz-c': '115', 'sealdrop-key': 'arn' },
  };

  test('is of the plaintext', async () => {
    const { Body, ...facts } = plaintextAnswer(answer, Readable.from([patternBytes(5)]), 5);
    expect(facts).toEqual({
      $metadata: { httpStatusCode: 200 },
      ContentLength: 5,
      ContentType: 'text/csv',
      ETag: '"e"',
      ChecksumType: 'FULL_OBJECT',
      Metadata: { owner: 'ada' },
    });
    expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(patternBytes(5));
  });

  test('tells no length that nobody knows, and metadata in any case', () => {
    const { Metadata, ...rest } = answer;
    const facts = plaintextAnswer(rest, Readable.from([]), undefined);
    expect(Metadata).toBeDefined();
    expect(facts).not.toHaveProperty('ContentLength');
    expect(facts.Metadata).toEqual({});
  });
});

test('a parameter that is not supported is named', () => {
  expect(unsupportedParameter('Range', 'why')).toMatchObject({
    code: 'REQUEST_UNSUPPORTED',
    message: expect.stringContaining('why') as unknown,
    fields: { parameter: 'Range' },
  });
});
