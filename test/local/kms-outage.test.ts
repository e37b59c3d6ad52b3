import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKmsClient, handlerOptions } from '../../aws/clients.ts';
import { CachingKeyring, KmsKeyring, openToBuffer, type Keyring } from '../../aws/index.ts';
import { cutOffKms, reconnectKms } from '../../local/kms-proxy-control.ts';
import { eventually } from '../support/eventually.ts';
import { kmsBehindProxy } from '../support/kms-behind-proxy.ts';
import { sqsEvent } from '../support/lambda-context.ts';
import { localStack } from '../support/local-stack.ts';
import { deployOwnVault } from '../support/own-vault.ts';
import { VaultClient } from '../support/vault-client.ts';

const { proxy, config } = kmsBehindProxy();
/** One data key for four objects; a message that is received twice is used up. */
const shared = { vaultId: 'outage', binding: 'vault', dataKeyCache: { maxMessages: 4 }, maxReceives: 2 };
const sharing = new VaultClient(await deployOwnVault(localStack(), shared));
const alone = new VaultClient();

/** Longer than a message waits between two tries. */
const drainMilliseconds = 110_000;

afterAll(async () => {
  await reconnectKms(proxy);
  config.requestHandler.httpsAgent.destroy();
});

/** Waits until nothing is in the vault's queue, so that nobody works on a drop any more. */
async function settled(vault: VaultClient, what = 'the queue'): Promise<void> {
  const { QueueUrl } = vault.stack.outputs;
  const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  await eventually(
    what,
    async () => {
      const { Attributes } = await vault.administrator.sqs.send(ask);
      const told: Record<string, string> = { ...Attributes };
      const counts = ['', 'NotVisible', 'Delayed'].map(
        (which) => told[`ApproximateNumberOfMessages${which}`],
      );
      return counts.every((count) => count === '0') ? true : undefined;
    },
    drainMilliseconds,
  );
}

async function deadLetters({ administrator, stack }: VaultClient): Promise<string | undefined> {
  const QueueUrl = stack.outputs.DeadLetterQueueUrl;
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await administrator.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  return Attributes?.ApproximateNumberOfMessages;
}

/** What the seal function answers and logs when it is told of a drop directly. */
async function toldOf(vault: VaultClient, key: string, versionId: string) {
  const { IntakeBucketName, SealFunctionName } = vault.stack.outputs;
  const object = { key, versionId, sequencer: '01' };
  const s3 = { bucket: { name: IntakeBucketName }, object };
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
  const event = sqsEvent([JSON.stringify({ Records: [record] })]);
  const { attributes, ...message } = event.Records[0] ?? {};
  const Records = [{ ...message, attributes: { ...attributes, SentTimestamp: String(Date.now()) } }];
  const { Payload, LogResult = '' } = await vault.administrator.lambda.send(
    new InvokeCommand({
      FunctionName: SealFunctionName,
      Payload: JSON.stringify({ Records }),
      LogType: 'Tail',
    }),
  );
  return {
    answer: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown,
    log: Buffer.from(LogResult, 'base64').toString(),
  };
}

/** Nothing of these objects is in the sealed bucket, whole or half, and the drops are where they were. */
async function expectUntouched(vault: VaultClient, drops: ReadonlyMap<string, string>): Promise<void> {
  const { IntakeBucketName, SealedBucketName } = vault.stack.outputs;
  for (const [key, versionId] of drops) {
    expect(await vault.headIfThere(SealedBucketName, key)).toBeUndefined();
    expect((await vault.headIfThere(IntakeBucketName, key))?.address.versionId).toBe(versionId);
  }
  const { Uploads } = await vault.administrator.s3.send(
    new ListMultipartUploadsCommand({ Bucket: SealedBucketName }),
  );
  expect(Uploads ?? []).toEqual([]);
}

async function dropAll(vault: VaultClient, keys: readonly string[]): Promise<Map<string, string>> {
  const drops = new Map<string, string>();
  for (const key of keys) drops.set(key, await vault.drop(key, `content of ${key}`));
  return drops;
}

/** A keyring in the opener's role that reaches KMS by way of the proxy, and gives up soon. */
async function keyringBehindProxy(vault: VaultClient): Promise<KmsKeyring> {
  const { credentials } = (await vault.opener()).kms.config;
  const requestHandler = { ...handlerOptions(1_500), ...config.requestHandler };
  const client = createKmsClient({ ...config, credentials, requestHandler, maxAttempts: 2 });
  return new KmsKeyring({ keyId: vault.stack.outputs.WrappingKeyArn, client });
}

async function open(vault: VaultClient, keyring: Keyring, key: string): Promise<string> {
  const { SealedBucketName, VaultId: vaultId } = vault.stack.outputs;
  const address = { bucket: SealedBucketName, key };
  const opened = await openToBuffer(address, {
    store: vault.store,
    keyring,
    vault: { vaultId, binding: 'vault' },
  });
  return opened.content.toString();
}

describe('while KMS is cut off', () => {
  const goesOn = ['outage/1', 'outage/2', 'outage/3'];
  const waits = ['outage/4', 'outage/5', 'outage/6', 'outage/7'];
  let keyring: CachingKeyring;
  let waiting: Map<string, string>;

  beforeAll(async () => {
    await sharing.sealedFrom('outage/0', await sharing.drop('outage/0', 'content of outage/0'));
    await settled(sharing);
    keyring = new CachingKeyring({ keyring: await keyringBehindProxy(sharing), keyId: 'outage' });
    await open(sharing, keyring, 'outage/0');
    await cutOffKms(proxy, { how: 'drop' });
  }, 120_000);

  test('sealing goes on with the data key that is held', async () => {
    for (const [key, versionId] of await dropAll(sharing, goesOn)) {
      await sharing.sealedFrom(key, versionId);
      await settled(sharing);
    }
  });

  test('so does opening', async () => {
    for (const key of ['outage/0', ...goesOn]) {
      expect(await open(sharing, keyring, key)).toBe(`content of ${key}`);
    }
    await expect(open(sharing, await keyringBehindProxy(sharing), 'outage/0')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  test('past the limits it fails closed; what is used up is sent anew, and touches nothing', async () => {
    waiting = await dropAll(sharing, waits);
    for (const [key, versionId] of waiting) {
      const { answer, log } = await toldOf(sharing, key, versionId);
      expect(answer).toEqual({ batchItemFailures: [] });
      expect(log).toMatch(/"fate":"renew".*"code":"SERVICE_UNAVAILABLE"/);
    }
    await expectUntouched(sharing, waiting);
  });

  test('what is bound to its object fails closed at once, and stays in the queue', async () => {
    const drops = await dropAll(alone, ['outage/alone-1', 'outage/alone-2']);
    for (const [key, versionId] of drops) {
      const { answer, log } = await toldOf(alone, key, versionId);
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
      expect(log).toMatch(/"fate":"return".*"code":"SERVICE_UNAVAILABLE"/);
    }
    await expectUntouched(alone, drops);
  });

  test('and once it is back the whole backlog is sealed, and nothing was given up', async () => {
    expect(await deadLetters(sharing)).toBe('0');
    await reconnectKms(proxy);
    await settled(sharing, 'the backlog');
    for (const key of [...goesOn, ...waits]) {
      expect(await open(sharing, keyring, key)).toBe(`content of ${key}`);
    }
    expect(await deadLetters(sharing)).toBe('0');
    await settled(alone, 'the backlog of the other vault');
    for (const key of ['outage/alone-1', 'outage/alone-2']) {
      expect((await alone.open(key)).content.toString()).toBe(`content of ${key}`);
    }
  }, 240_000);
});

test('a KMS that refuses connections is the same outage', async () => {
  await cutOffKms(proxy, { how: 'refuse' });
  const drops = await dropAll(alone, ['outage/refused']);
  for (const [key, versionId] of drops) {
    expect((await toldOf(alone, key, versionId)).log).toMatch(/"code":"SERVICE_UNAVAILABLE"/);
  }
  await expectUntouched(alone, drops);
  await reconnectKms(proxy);
  await settled(alone, 'the backlog');
  expect((await alone.open('outage/refused')).content.toString()).toBe('content of outage/refused');
}, 240_000);
