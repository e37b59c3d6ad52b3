import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toEnvironment } from '../../lambda/settings.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { mockKms } from '../support/mock-kms.ts';
import { mockS3 } from '../support/mock-s3.ts';
import { createWorld, sealedBucket } from '../support/world.ts';

const { kms, keyArn, store, drop, options } = createWorld();

Object.assign(process.env, {
  ...{ AWS_REGION: 'eu-central-1', POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false' },
  ...toEnvironment({
    ...{ vaultId: options.vault.vaultId, binding: options.vault.binding, keyArn },
    ...{ sealedBucket, sealedPrefix: '', concurrency: 2, sample: 3 },
  }),
});
const { handler } = await import('../../lambda/drill.ts');

let log = '';
beforeEach(async () => {
  log = '';
  kms.setState(keyArn, 'Enabled');
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      log += `${args.map(String).join(' ')}\n`;
    });
  }
  for (const key of ['a', 'b', 'c', 'd']) {
    await sealDrop(drop(key, Buffer.from(`content of ${key}`)), { ...options, sealedPrefix: '' });
  }
  mockS3(S3Client, store);
  mockKms(KMSClient, kms);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The value of a metric that was published. */
function metric(name: string): unknown {
  const published = log.split('\n').filter((line) => line.includes('CloudWatchMetrics'));
  return (JSON.parse(published.at(-1) ?? '{}') as Record<string, unknown>)[name];
}

describe('a drill', () => {
  test('opens its sample and reports on it, in its log and by metrics', async () => {
    const answer = await handler({}, lambdaContext());
    expect(answer).toMatchObject({
      ...{ isPassed: true, region: 'eu-central-1', objects: 4 },
      counts: { opened: 3, failed: 0, gone: 0, left: 0, share: 0 },
    });
    expect(log).toContain('drill ended');
    expect(['DrillOpened', 'DrillFailed', 'DrillIncomplete'].map(metric)).toEqual([3, 0, 0]);
    for (const name of [
      'RecoveryTimeFirstSeconds',
      'RecoveryTimeSampleSeconds',
      'RecoveryTimeWholeSeconds',
    ]) {
      expect(typeof metric(name)).toBe('number');
    }
    expect(log).not.toContain('content of');
  });

  test('fails where nothing opens, and says why for each object', async () => {
    kms.setState(keyArn, 'Disabled');
    const answer = await handler({}, lambdaContext());
    expect(answer).toMatchObject({ isPassed: false, counts: { failed: 3 }, reasons: { KEY_DISABLED: 3 } });
    expect(answer).not.toHaveProperty('failures');
    expect(log.match(/did not open/g)).toHaveLength(3);
    expect(['DrillOpened', 'DrillFailed'].map(metric)).toEqual([0, 3]);
  });

  test('that has no time left says so', async () => {
    const answer = await handler({}, lambdaContext(20_000));
    expect(answer).toMatchObject({ isPassed: false, counts: { opened: 0, left: 3 } });
    expect(metric('DrillIncomplete')).toBe(3);
  });
});
