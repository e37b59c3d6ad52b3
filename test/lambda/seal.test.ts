import { KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { toEnvironment } from '../../lambda/settings.ts';
import type { Drop } from '../../operations/drop.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { isWiped } from '../support/bytes.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import { lambdaContext, sqsEvent } from '../support/lambda-context.ts';
import { mockKms } from '../support/mock-kms.ts';
import { mockS3 } from '../support/mock-s3.ts';
import { createWorld, sealedBucket, sealedPrefix } from '../support/world.ts';

const world = createWorld();
const { kms, keyArn, store, keyring, drop, options, sealedAt } = world;
const [queueUrl, deadLetterQueueUrl] = ['https://sqs.example/drops', 'https://sqs.example/dead-letters'];
const maxReceives = 3;
const keepTryingSeconds = 1000;

Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'false',
  ...toEnvironment({
    vaultId: options.vault.vaultId,
    binding: options.vault.binding,
    keyArn,
    sealedBucket,
    sealedPrefix,
    handover: 'delete',
    queueUrl,
    deadLetterQueueUrl,
    maxReceives,
    keepTryingSeconds,
    dataKeyCache: 'none',
  }),
});
const { handler } = await import('../../lambda/seal.ts');
const sqs = mockClient(SQSClient);
const s3 = mockS3(S3Client, store);
mockKms(KMSClient, kms);

let log = '';
beforeEach(() => {
  log = '';
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      log += `${args.map(String).join(' ')}\n`;
    });
  }
  sqs.reset();
});
afterEach(() => {
  jest.restoreAllMocks();
});

function message(...drops: Drop[]): string {
  return JSON.stringify({
    Records: drops.map(({ bucket, key, versionId, sequencer }) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: bucket },
        object: { key: encodeURIComponent(key).replaceAll('%20', '+'), size: 7, versionId, sequencer },
      },
    })),
  });
}

const run = (bodies: string[], receiveCount = 1) => handler(sqsEvent(bodies, receiveCount), lambdaContext());
const sentLetters = () => sqs.commandCalls(SendMessageCommand).map((call) => call.args[0].input);
const opened = async (key: string) =>
  (await openToBuffer(sealedAt(key), { store, keyring, vault: options.vault })).content.toString();

describe('the seal function', () => {
  test('seals what a message tells of, hands the source over, and has nothing to return', async () => {
    const dropped = drop('new file.txt', Buffer.from('content'));
    expect(await run([message(dropped)])).toEqual({ batchItemFailures: [] });
    expect(await opened('new file.txt')).toBe('content');
    await expect(store.head({ bucket: dropped.bucket, key: dropped.key })).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    expect(store.contentOf(dropped).toString()).toBe('content');
    expect(kms.plaintexts.every(isWiped)).toBe(true);
    expect(sqs.calls()).toHaveLength(0);
  });

  test('writes a metric for each outcome, with the bytes that were sealed', async () => {
    const dropped = drop('metrics.txt', Buffer.from('content'));
    await run([message(dropped), '{"Event":"s3:TestEvent"}']);
    expect(JSON.parse(log.split('\n').find((line) => line.includes('_aws')) ?? '{}')).toMatchObject({
      Sealed: 1,
      Ignored: 1,
      SealedBytes: 7,
    });
    log = '';
    await run([message(dropped)]);
    expect(log).toContain('"Duplicate"');
  });

  test('writes nothing of the content into its log', async () => {
    const dropped = drop('private.txt', Buffer.from('secret-content'), { metadata: { note: 'secret-note' } });
    await run([message(dropped)]);
    expect(log).toContain('private.txt');
    expect(log).not.toMatch(/secret-content|secret-note/);
    expect(log).not.toContain(Buffer.from('secret-content').toString('base64'));
  });

  test('returns only the message that failed, after a delay, and seals the other', async () => {
    const [good, bad] = [drop('good.txt', Buffer.from('good')), drop('bad.txt', Buffer.from('bad'))];
    s3.on(PutObjectCommand, { Key: `${sealedPrefix}bad.txt` }).rejectsOnce(
      Object.assign(new Error('busy'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }),
    );
    expect(await run([message(good), message(bad)])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
    expect(await opened('good.txt')).toBe('good');
    const [returned] = sqs.commandCalls(ChangeMessageVisibilityCommand).map((call) => call.args[0].input);
    expect(returned).toMatchObject({ QueueUrl: queueUrl, ReceiptHandle: 'receipt-1' });
    expect(returned?.VisibilityTimeout).toBeGreaterThanOrEqual(5);
    expect(sentLetters()).toEqual([]);
    expect(store.contentOf({ bucket: bad.bucket, key: bad.key }).toString()).toBe('bad');
  });

  test('reports every message where all of them fail, and does not throw', async () => {
    const drops = ['x.txt', 'y.txt'].map((key) => drop(key, Buffer.from(key)));
    kms.failNext(new FakeKmsException('ThrottlingException'), new FakeKmsException('ThrottlingException'));
    expect(await run(drops.map((each) => message(each)))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
    });
  });

  test.each([
    ['a reserved name', () => message(drop('a.instruction', Buffer.from('x'))), 'RESERVED_NAME'],
    [
      'reserved metadata',
      () => message(drop('r.txt', Buffer.from('x'), { metadata: { 'x-amz-c': '1' } })),
      'RESERVED_METADATA',
    ],
    ['no event at all', () => 'secret-body', 'EVENT_INVALID'],
    [
      'a key that does not decode',
      () => message(drop('k', Buffer.from('x'))).replace('"key":"k"', '"key":"%E0%A4%A"'),
      'EVENT_KEY_INVALID',
    ],
  ])('sends %s to the dead-letter queue with the reason, at once', async (_, body, code) => {
    const text = body();
    expect(await run([text])).toEqual({ batchItemFailures: [] });
    expect(sentLetters()).toMatchObject([
      {
        QueueUrl: deadLetterQueueUrl,
        MessageBody: text,
        MessageAttributes: {
          'error-code': { StringValue: code },
          'receive-count': { StringValue: '1' },
        },
      },
    ]);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand)).toEqual([]);
    expect(log).not.toContain('secret-body');
  });

  test('sends what can be tried again to the dead-letter queue on the last try only', async () => {
    const body = message(drop('late.txt', Buffer.from('x')));
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect((await run([body], maxReceives - 1)).batchItemFailures).toHaveLength(1);
    expect(sentLetters()).toEqual([]);
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect((await run([body], maxReceives)).batchItemFailures).toEqual([]);
    expect(sentLetters()).toMatchObject([
      {
        MessageAttributes: {
          'error-code': { StringValue: 'THROTTLED' },
          'receive-count': { StringValue: '3' },
        },
      },
    ]);
  });

  test('gives a permission time to reach every service', async () => {
    const body = message(drop('denied.txt', Buffer.from('x')));
    kms.failNext(new FakeKmsException('AccessDeniedException'));
    expect((await run([body], 1)).batchItemFailures).toHaveLength(1);
    expect(sentLetters()).toEqual([]);
    kms.failNext(new FakeKmsException('AccessDeniedException'));
    expect((await run([body], maxReceives)).batchItemFailures).toEqual([]);
    expect(sentLetters()).toMatchObject([
      { MessageAttributes: { 'error-code': { StringValue: 'ACCESS_DENIED' } } },
    ]);
  });

  test.each([
    ['NotFoundException', 'KEY_NOT_FOUND'],
    ['DisabledException', 'KEY_DISABLED'],
  ])('tells at once that the key cannot be used: %s', async (name, code) => {
    const body = message(drop(`${name}.txt`, Buffer.from('x')));
    kms.failNext(new FakeKmsException(name));
    expect((await run([body])).batchItemFailures).toEqual([]);
    expect(sentLetters()).toMatchObject([{ MessageAttributes: { 'error-code': { StringValue: code } } }]);
  });

  test('tells at once that an object is too long, before a byte of it is read', async () => {
    const long = drop('long.bin', Buffer.from('x'));
    const heading = store.head.bind(store);
    store.head = async (address) => ({ ...(await heading(address)), lengthBytes: 2 ** 36 });
    try {
      expect((await run([message(long)])).batchItemFailures).toEqual([]);
    } finally {
      store.head = heading;
    }
    expect(sentLetters()).toMatchObject([
      { MessageAttributes: { 'error-code': { StringValue: 'CONTENT_TOO_LONG' } } },
    ]);
  });

  test('keeps the message in the queue where the dead-letter queue cannot be reached', async () => {
    sqs.on(SendMessageCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect((await run(['not an event'])).batchItemFailures).toEqual([{ itemIdentifier: 'message-0' }]);
  });

  test('keeps the message in the queue where it cannot be given a delay', async () => {
    sqs.on(ChangeMessageVisibilityCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    kms.failNext(new FakeKmsException('ThrottlingException'));
    const body = message(drop('stuck.txt', Buffer.from('x')));
    expect((await run([body])).batchItemFailures).toEqual([{ itemIdentifier: 'message-0' }]);
  });

  test('seals the other drops of a message of which one can never be sealed', async () => {
    const never = drop('never.instruction', Buffer.from('x'));
    const fine = drop('fine.txt', Buffer.from('fine'));
    await run([message(never, fine)]);
    expect(sentLetters()).toHaveLength(1);
    expect(await opened('fine.txt')).toBe('fine');
  });

  test('stops in time, returns the message, and leaves the source', async () => {
    const dropped = drop('slow.txt', Buffer.from('x'));
    store.before('tags', () => new Promise((resolve) => setTimeout(resolve, 1_200)));
    s3.on(PutObjectCommand, { Key: `${sealedPrefix}slow.txt` }).callsFakeOnce(() => {
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    });
    const response = await handler(sqsEvent([message(dropped)]), lambdaContext(10_000));
    expect(response.batchItemFailures).toHaveLength(1);
    expect(store.contentOf({ bucket: dropped.bucket, key: dropped.key }).toString()).toBe('x');
  });
});
