import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
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

const { kms, keyArn, store, keyring, drop, options, sealedAt } = createWorld();
const vault = { ...options.vault, binding: 'vault' as const };
const [queueUrl, deadLetterQueueUrl] = ['https://sqs.example/drops', 'https://sqs.example/dead-letters'];
const maxMessages = 6;
const shutdown = jest.spyOn(process, 'once');

Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'false',
  ...toEnvironment({
    ...vault,
    keyArn,
    sealedBucket,
    sealedPrefix,
    handover: 'delete',
    queueUrl,
    deadLetterQueueUrl,
    maxReceives: 8,
    keepTryingSeconds: 1_000,
    dataKeyCache: { maxAgeSeconds: 3_600, maxMessages, maxBytes: 1_000_000 },
  }),
});
const { handler } = await import('../../lambda/seal.ts');
const sqs = mockClient(SQSClient);
mockS3(S3Client, store);
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

function message({ bucket, key, versionId, sequencer }: Drop): string {
  const s3 = { bucket: { name: bucket }, object: { key, versionId, sequencer } };
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
  return JSON.stringify({ Records: [record] });
}

/** A batch of drops, sent so many seconds ago. */
function batch(keys: readonly string[], receiveCount = 1, agoSeconds = 0): SQSEvent {
  const { Records } = sqsEvent(
    keys.map((key) => message(drop(key, Buffer.from(`content of ${key}`)))),
    receiveCount,
  );
  const SentTimestamp = String(Date.now() - agoSeconds * 1000);
  return {
    Records: Records.map((record) => ({
      ...record,
      attributes: { ...record.attributes, SentTimestamp },
    })),
  };
}

const run = (event: SQSEvent) => handler(event, lambdaContext());
const metric = (name: string): unknown => {
  const line = log.split('\n').find((each) => each.includes('_aws') && each.includes(name));
  return (JSON.parse(line ?? '{}') as Record<string, unknown>)[name];
};
const sent = () => sqs.commandCalls(SendMessageCommand).map((call) => call.args[0].input);

describe('the seal function with shared data keys', () => {
  test('asks KMS once for a batch, and tells of hits and misses in each invocation', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    expect(await run(batch(keys))).toEqual({ batchItemFailures: [] });
    expect(kms.calls.map(({ action }) => action)).toEqual(['GenerateDataKey']);
    expect([metric('DataKeyCacheHits'), metric('DataKeyCacheMisses')]).toEqual([4, 1]);
    for (const key of keys) {
      const opened = await openToBuffer(sealedAt(key), { store, keyring, vault });
      expect(opened.content.toString()).toBe(`content of ${key}`);
    }
    log = '';
    kms.calls.length = 0;
    await run(batch(['f']));
    expect(kms.calls).toEqual([]);
    expect([metric('DataKeyCacheHits'), metric('DataKeyCacheMisses')]).toEqual([1, 0]);
    // The sixth object used the data key up.
    expect(metric('DataKeyCacheEvictions')).toBe(1);
    expect(kms.plaintexts.filter((plaintext) => !isWiped(plaintext))).toHaveLength(0);
  });

  test('goes on while KMS is away, then fails closed and keeps the work', async () => {
    await run(batch(['warm']));
    kms.calls.length = 0;
    expect(await run(batch(['g', 'h', 'i', 'j', 'k']))).toEqual({ batchItemFailures: [] });
    expect(kms.calls).toEqual([]);
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect((await run(batch(['closed']))).batchItemFailures).toHaveLength(1);
    await expect(store.head(sealedAt('closed'))).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(sent()).toEqual([]);
  });

  test('wipes what it holds when the process ends', async () => {
    await run(batch(['held']));
    expect(kms.plaintexts.some((plaintext) => !isWiped(plaintext))).toBe(true);
    const wipe = shutdown.mock.calls.filter(([event]) => String(event) === 'exit').at(-1)?.[1] as () => void;
    wipe();
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });
});

describe('a message that is used up during an outage', () => {
  test.each([
    { receiveCount: 7, agoSeconds: 939 },
    { receiveCount: 8, agoSeconds: 0 },
  ])('is sent anew: $receiveCount receives, $agoSeconds s old', async ({ receiveCount, agoSeconds }) => {
    const event = batch([`renewed-${receiveCount}`], receiveCount, agoSeconds);
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect(await run(event)).toEqual({ batchItemFailures: [] });
    const [record] = event.Records;
    expect(sent()).toMatchObject([
      {
        QueueUrl: queueUrl,
        MessageBody: record?.body,
        MessageAttributes: {
          'sealdrop-first-sent-at': { StringValue: record?.attributes.SentTimestamp },
        },
      },
    ]);
    expect(sent()[0]?.DelaySeconds).toBeLessThanOrEqual(60);
    expect([metric('Renewed'), metric('DeadLettered')]).toEqual([1, undefined]);
    expect(metric('WaitedSeconds')).toBeGreaterThanOrEqual(agoSeconds);
  });

  test('goes back to the queue where it cannot be sent anew', async () => {
    sqs.on(SendMessageCommand).rejects(Object.assign(new Error('no'), { name: 'Throttling' }));
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect((await run(batch(['not-renewed'], 7))).batchItemFailures).toHaveLength(1);
  });

  test('goes to the dead-letter queue with its reason once it is too old', async () => {
    kms.failNext(new FakeKmsException('ThrottlingException'));
    expect(await run(batch(['too-old'], 8, 1_001))).toEqual({ batchItemFailures: [] });
    expect(sent()).toMatchObject([
      { QueueUrl: deadLetterQueueUrl, MessageAttributes: { 'error-code': { StringValue: 'THROTTLED' } } },
    ]);
  });

  test('is as old as the first message of the drop, however often it was sent anew', async () => {
    const { Records } = batch(['renewed-before'], 8);
    const noted = { stringValue: String(Date.now() - 1_001_000), dataType: 'Number' };
    kms.failNext(new FakeKmsException('ThrottlingException'));
    await run({
      Records: Records.map((record) => ({
        ...record,
        messageAttributes: { 'sealdrop-first-sent-at': noted },
      })),
    });
    expect(sent()).toMatchObject([{ QueueUrl: deadLetterQueueUrl }]);
  });

  test('and before that waits for a minute at most', async () => {
    kms.failNext(new FakeKmsException('ThrottlingException'));
    await run(batch(['returned'], 6));
    const [returned] = sqs.commandCalls(ChangeMessageVisibilityCommand).map((call) => call.args[0].input);
    expect(returned?.VisibilityTimeout).toBeLessThanOrEqual(60);
  });
});
