import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { version } from './version.ts';

const userAgent: NonNullable<KMSClientConfig['customUserAgent']> = [['sealdrop', version]];

/** How long a service may stay silent. Without `throwOnRequestTimeout` the SDK would only warn. */
export function handlerOptions(silenceMilliseconds: number): {
  connectionTimeout: number;
  requestTimeout: number;
  socketTimeout: number;
  throwOnRequestTimeout: boolean;
} {
  return {
    connectionTimeout: Math.min(silenceMilliseconds, 5_000),
    requestTimeout: silenceMilliseconds,
    socketTimeout: Math.min(silenceMilliseconds, 30_000),
    throwOnRequestTimeout: true,
  };
}

/**
 * A KMS client that slows down when KMS throttles: adaptive retry, which is exponential backoff with jitter
 * and a send rate that follows the quota.
 */
export function createKmsClient(config: KMSClientConfig = {}): KMSClient {
  return new KMSClient({
    retryMode: 'adaptive',
    maxAttempts: 8,
    requestHandler: handlerOptions(10_000),
    customUserAgent: userAgent,
    ...config,
  });
}

/** An S3 client for many large transfers at once: exponential backoff with jitter, and enough sockets. */
export function createS3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    retryMode: 'standard',
    maxAttempts: 6,
    requestHandler: { ...handlerOptions(60_000), httpsAgent: { maxSockets: 128 } },
    customUserAgent: userAgent,
    ...config,
  });
}

/** An SQS client, for the dead-letter queue. */
export function createSqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({
    maxAttempts: 5,
    requestHandler: handlerOptions(10_000),
    customUserAgent: userAgent,
    ...config,
  });
}
