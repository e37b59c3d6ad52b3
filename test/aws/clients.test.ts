import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { createKmsClient, createS3Client, createSqsClient, handlerOptions } from '../../aws/clients.ts';
import { toSealdropError } from '../../aws/service-errors.ts';
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

test('a service that never answers is given up, rather than waited for', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const client = createKmsClient({
    region,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
    requestHandler: { ...handlerOptions(200) },
  });
  try {
    const failure = await client
      .send(new DescribeKeyCommand({ KeyId: 'k' }))
      .catch((error: unknown) => error);
    expect(toSealdropError(failure, { action: 'a', resource: 'r' }, {}).code).toBe('SERVICE_UNAVAILABLE');
  } finally {
    client.destroy();
    silent.closeAllConnections();
    silent.close();
  }
});
