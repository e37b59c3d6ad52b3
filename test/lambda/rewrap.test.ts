import { KMSClient } from '@aws-sdk/client-kms';
import { CopyObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toEnvironment } from '../../lambda/settings.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { mockKms } from '../support/mock-kms.ts';
import { mockS3 } from '../support/mock-s3.ts';
import { createWorld, sealedBucket, sealedPrefix } from '../support/world.ts';

const { kms, keyArn, store, keyring, drop, options, sealedAt } = createWorld();

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
    concurrency: 2,
  }),
});
const { handler } = await import('../../lambda/rewrap.ts');
const s3 = mockS3(S3Client, store);
mockKms(KMSClient, kms);

let log = '';
beforeEach(async () => {
  log = '';
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      log += `${args.map(String).join(' ')}\n`;
    });
  }
  for (const key of ['a.txt', 'b.txt', 'c.txt']) {
    await sealDrop(drop(key, Buffer.from(`content of ${key}`)), options);
  }
  kms.calls.length = 0;
  s3.resetHistory();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const none = { rewrapped: 0, current: 0, 'not-sealed': 0, gone: 0, failed: 0 };

describe('the rewrap function', () => {
  test('moves all to the newest material without reading or decrypting one of them', async () => {
    kms.rotate(keyArn);
    expect(await handler({}, lambdaContext())).toEqual({
      counts: { ...none, rewrapped: 3 },
      incomplete: false,
    });
    expect(s3.commandCalls(GetObjectCommand)).toEqual([]);
    expect(new Set(kms.calls.map(({ action }) => action))).toEqual(new Set(['DescribeKey', 'ReEncrypt']));
    const read = await openToBuffer(sealedAt('b.txt'), { store, keyring, vault: options.vault });
    expect(read.content.toString()).toBe('content of b.txt');
    expect(log).toContain('rewrap run ended');
  });

  test('has nothing to do where all is current', async () => {
    expect((await handler({}, lambdaContext())).counts).toEqual({ ...none, current: 3 });
    expect(s3.commandCalls(CopyObjectCommand)).toEqual([]);
  });

  test('logs each failure with its key and no secret, and counts it', async () => {
    kms.rotate(keyArn);
    s3.on(CopyObjectCommand, { Key: `${sealedPrefix}b.txt` }).rejectsOnce(
      Object.assign(new Error('secret-detail'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }),
    );
    const report = await handler({}, lambdaContext());
    expect(report).toEqual({ counts: { ...none, rewrapped: 2, failed: 1 }, incomplete: false });
    expect(log).toMatch(/not rewrapped/);
    expect(log).toContain('THROTTLED');
    expect(log).toContain(`${sealedPrefix}b.txt`);
    expect(log).not.toContain('secret-detail');
    expect(JSON.stringify(report)).not.toContain('b.txt');
  });

  test('starts nothing where its time is short, and says that it did not end', async () => {
    kms.rotate(keyArn);
    const report = await handler({}, lambdaContext(20_000));
    expect(report).toEqual({ counts: none, incomplete: true });
    expect(s3.commandCalls(CopyObjectCommand)).toEqual([]);
  });
});
