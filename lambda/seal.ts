import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { createSqsClient } from '../aws/clients.ts';
import { S3ObjectStore, sealDrop, type Drop, type Keyring } from '../aws/index.ts';
import { parseS3Notification } from '../aws/s3-events.ts';
import {
  firstSentAt,
  longestDelaySeconds,
  renewMessage,
  retryDelaySeconds,
  returnAfter,
  sendDeadLetter,
} from '../aws/work-queue.ts';
import { CacheMetrics } from './cache-metrics.ts';
import { describeFailure } from './failure.ts';
import { fateOf, isOutage, worstOf } from './message-fate.ts';
import { createSealingKeyring } from './sealing-keyring.ts';
import { metricsNamespace, readSealSettings } from './settings.ts';
import { stopBeforeTimeout } from './time-left.ts';
import { wipeAtShutdown } from './wipe-at-shutdown.ts';

const settings = readSealSettings(process.env);
const store = new S3ObjectStore();
const queue = createSqsClient();
let keyring: Keyring | undefined;
let cacheMetrics: CacheMetrics | undefined;
const processor = new BatchProcessor(EventType.SQS);
const logger = new Logger({ serviceName: 'sealdrop-seal' });
const metrics = new Metrics({ namespace: metricsNamespace, serviceName: settings.vaultId });

/** Seals what the queue tells of. Messages that may succeed later go back to it, one by one. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const signal = stopBeforeTimeout(context);
  try {
    return await processPartialResponse(event, (record: SQSRecord) => sealRecord(record, signal), processor, {
      context,
      throwOnFullBatchFailure: false,
    });
  } finally {
    cacheMetrics?.addTo(metrics);
    metrics.publishStoredMetrics();
  }
}

async function sealRecord(record: SQSRecord, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  try {
    const { drops, ignored } = parseS3Notification(record.body);
    if (ignored > 0) metrics.addMetric('Ignored', MetricUnit.Count, ignored);
    for (const drop of drops) {
      // One drop that cannot be sealed must not keep the others of its message from it.
      await sealOne(drop, signal).catch((error: unknown) => failures.push(error));
    }
  } catch (error) {
    failures.push(error);
  }
  if (failures.length > 0) await fail(record, worstOf(failures, settings.maxReceives));
}

async function sealOne(drop: Drop, signal: AbortSignal): Promise<void> {
  const { vaultId, binding, sealedBucket, sealedPrefix, handover } = settings;
  // Made here, so that a key that cannot wrap is the reason of the message and not the end of the function.
  keyring ??= createKeyring();
  const outcome = await sealDrop(drop, {
    store,
    keyring,
    vault: { vaultId, binding },
    sealedBucket,
    sealedPrefix,
    handover,
    signal,
  });
  logger.info(outcome.status, { drop: { ...drop } });
  metrics.addMetric(metricNames[outcome.status], MetricUnit.Count, 1);
  if (outcome.status === 'sealed') {
    metrics.addMetric('SealedBytes', MetricUnit.Bytes, outcome.contentLengthBytes);
  }
}

function createKeyring(): Keyring {
  const { keyring, cache } = createSealingKeyring(settings);
  if (cache !== undefined) {
    cacheMetrics = new CacheMetrics(cache);
    wipeAtShutdown(cache);
  }
  return keyring;
}

const metricNames = {
  sealed: 'Sealed',
  duplicate: 'Duplicate',
  superseded: 'Superseded',
  gone: 'Gone',
} as const;

/**
 * The longest that a message waits for its next try during an outage, which is how soon the whole backlog is tried
 * once the service is back. To try costs little: while KMS is away, nearly every try fails at once.
 */
const outageDelaySeconds = 60;

/** Puts the message back, or, where trying again is of no use, into the dead-letter queue with the reason. */
async function fail(record: SQSRecord, error: unknown): Promise<void> {
  const { queueUrl, deadLetterQueueUrl } = settings;
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  const sentAt = firstSentAt(record);
  const waitedSeconds = Math.max(0, Math.round((Date.now() - sentAt) / 1000));
  const fate = fateOf(error, { receiveCount, waitedSeconds }, settings);
  const tried = { messageId: record.messageId, receiveCount, waitedSeconds, fate };
  logger.error('not sealed', { ...tried, ...describeFailure(error) });
  const delaySeconds = retryDelaySeconds(
    receiveCount,
    isOutage(error) ? outageDelaySeconds : longestDelaySeconds,
  );
  if (fate === 'dead-letter') {
    await sendDeadLetter(queue, {
      queueUrl: deadLetterQueueUrl,
      body: record.body,
      reason: error,
      receiveCount,
    });
    metrics.addMetric('DeadLettered', MetricUnit.Count, 1);
    return;
  }
  metrics.addMetric('WaitedSeconds', MetricUnit.Seconds, waitedSeconds);
  if (fate === 'renew') {
    await renewMessage(queue, { queueUrl, body: record.body, firstSentAt: sentAt, delaySeconds });
    metrics.addMetric('Renewed', MetricUnit.Count, 1);
    return;
  }
  metrics.addMetric('Retried', MetricUnit.Count, 1);
  await returnAfter(queue, queueUrl, record.receiptHandle, delaySeconds);
  throw error;
}
