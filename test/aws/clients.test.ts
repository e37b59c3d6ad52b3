import { describe, expect, test } from '@jest/globals';
import { createKmsClient, createS3Client, createSqsClient } from '../../aws/clients.ts';
import { version } from '../../aws/version.ts';

const region = 'eu-west-1';

describe.each([
  ['KMS', () => createKmsClient({ region }), 'adaptive', 8],
  ['S3', () => createS3Client({ region }), 'standard', 6],
  ['SQS', () => createSqsClient({ region }), 'standard', 5],
])('the %s client', (_, create, retryMode, maxAttempts) => {
  test('retries patiently', async () => {
    const { config } = create();
    const mode = typeof config.retryMode === 'function' ? await config.retryMode() : config.retryMode;
    expect(mode).toBe(retryMode);
    expect(await config.maxAttempts()).toBe(maxAttempts);
  });

  test('names this package to the service', () => {
    expect(create().config.customUserAgent).toEqual([['sealdrop', version]]);
  });
});

test('a client takes the configuration of its caller before our own', async () => {
  const client = createKmsClient({ region, maxAttempts: 2 });
  expect(await client.config.maxAttempts()).toBe(2);
  expect(await client.config.region()).toBe(region);
});
