import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, expect, jest, test } from '@jest/globals';
import { createSealingKeyring } from '../../lambda/sealing-keyring.ts';
import type { SealSettings } from '../../lambda/settings.ts';
import { bindContext, committingSuite } from '../../envelope/index.ts';
import { failureOf } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';
import { mockKms } from '../support/mock-kms.ts';

process.env['AWS_REGION'] = 'eu-west-1';
const { kms, keyArn } = createWorld();
const limits = { maxAgeSeconds: 60, maxMessages: 2, maxBytes: 100 };
const settings: SealSettings = {
  vaultId: 'archive',
  binding: 'vault',
  keyArn,
  sealedBucket: 'sealed',
  sealedPrefix: '',
  handover: 'keep',
  queueUrl: 'https://sqs.example/drops',
  deadLetterQueueUrl: 'https://sqs.example/dead-letters',
  maxReceives: 12,
  keepTryingSeconds: 60,
  dataKeyCache: limits,
};

afterEach(() => {
  jest.restoreAllMocks();
});

/** The time of day, which goes on while the function is frozen and its steady clock stands. */
function freezableDay(): { wake: (afterSeconds: number) => void } {
  let now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  return { wake: (afterSeconds) => (now += afterSeconds * 1000) };
}

test.each<[SealSettings['binding'], SealSettings['dataKeyCache'], boolean]>([
  ['vault', limits, true],
  ['none', limits, true],
  ['vault', 'none', false],
  ['none', 'none', false],
  ['object', limits, false],
  ['object', 'none', false],
])(
  'with the binding %s and the limits %j data keys are shared: %s',
  async (binding, dataKeyCache, expected) => {
    mockKms(KMSClient, kms);
    kms.calls.length = 0;
    const { keyring, cache } = createSealingKeyring({ ...settings, binding, dataKeyCache });
    expect(cache !== undefined).toBe(expected);
    const context = bindContext(binding, { vaultId: 'archive', objectKey: 'same' });
    for (let count = 0; count < 3; count += 1) {
      await keyring.generateDataKey(context, committingSuite, undefined, 1);
    }
    expect(kms.calls).toHaveLength(expected ? 2 : 3);
  },
);

test('a KMS that is away is asked once, with a client that gives up soon', async () => {
  const away = Object.assign(new Error('away'), { name: 'TimeoutError' });
  const send = jest.spyOn(KMSClient.prototype, 'send').mockImplementation(function (this: KMSClient) {
    clients.add(this);
    return Promise.reject(away) as never;
  });
  const clients = new Set<KMSClient>();
  const { keyring } = createSealingKeyring({ ...settings, binding: 'object' });
  for (const objectKey of ['a', 'b', 'c', 'd', 'e']) {
    const context = bindContext('object', { vaultId: 'archive', objectKey });
    const failure = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
  }
  expect(send).toHaveBeenCalledTimes(1);
  const [client] = clients;
  expect(await client?.config.maxAttempts()).toBe(3);
  const handler = client?.config.requestHandler as unknown as { configProvider: Promise<object> };
  expect(await handler.configProvider).toMatchObject({
    connectionTimeout: 3_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  });
});

test('a data key grows old while the function is frozen', async () => {
  mockKms(KMSClient, kms);
  const day = freezableDay();
  const { keyring } = createSealingKeyring({ ...settings, dataKeyCache: { ...limits, maxMessages: 10 } });
  const context = bindContext('vault', { vaultId: 'archive', objectKey: 'any' });
  const seal = () => keyring.generateDataKey(context, committingSuite, undefined, 1);
  const callsBefore = kms.calls.length;
  await seal();
  day.wake(50);
  await seal();
  expect(kms.calls).toHaveLength(callsBefore + 1);
  day.wake(11);
  await seal();
  expect(kms.calls).toHaveLength(callsBefore + 2);
});

test('a pause is over when the function was frozen for as long', async () => {
  const away = Object.assign(new Error('away'), { name: 'TimeoutError' });
  const send = jest
    .spyOn(KMSClient.prototype, 'send')
    .mockImplementation(() => Promise.reject(away) as never);
  const day = freezableDay();
  const { keyring } = createSealingKeyring({ ...settings, dataKeyCache: 'none' });
  const fail = () => failureOf(() => keyring.generateDataKey({}, committingSuite));
  await fail();
  await fail();
  expect(send).toHaveBeenCalledTimes(1);
  day.wake(11);
  await fail();
  expect(send).toHaveBeenCalledTimes(2);
});
