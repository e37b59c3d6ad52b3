import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { createSqsClient } from '../aws/clients.ts';
import { KmsKeyring, S3ObjectStore, sealDrop, SealdropError, type Drop } from '../aws/index.ts';
import { parseS3Notification } from '../aws/s3-events.ts';
import { retryDelaySeconds, returnAfter, sendDeadLetter } from '../aws/work-queue.ts';
import { describeFailure } from './failure.ts';
import { readSealSettings } from './settings.ts';
import { stopBeforeTimeout } from './time-left.ts';

const settings = readSealSettings(process.env);
const store = new S3ObjectStore();
const queue = createSqsClient();
let keyring: KmsKeyring | undefined;
const processor = new BatchProcessor(EventType.SQS);
const logger = new Logger({ serviceName: 'sealdrop-seal' });
const metrics = new Metrics({ namespace: 'Sealdrop', serviceName: settings.vaultId });

/** Seals what the queue tells of. Messages that may succeed later go back to it, one by one. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const signal = stopBeforeTimeout(context);
  try {
    return await processPartialResponse(event, (record: SQSRecord) => sealRecord(record, signal), processor, {
      context,
      throwOnFullBatchFailure: false,
    });
  } finally {
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
  const [worst] = failures.toSorted((a, b) => triesFor(b) - triesFor(a));
  if (failures.length > 0) await fail(record, worst);
}

async function sealOne(drop: Drop, signal: AbortSignal): Promise<void> {
  const { vaultId, binding, sealedBucket, sealedPrefix, handover } = settings;
  // Made here, so that a key that cannot wrap is the reason of the message and not the end of the function.
  keyring ??= new KmsKeyring({ keyId: settings.keyArn });
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

const metricNames = {
  sealed: 'Sealed',
  duplicate: 'Duplicate',
  superseded: 'Superseded',
  gone: 'Gone',
} as const;

/** A new permission takes a while to reach every service. */
const triesWhereDenied = 5;

/** How often a message that failed so is tried; of an unexpected failure nobody knows. */
function triesFor(error: unknown): number {
  if (!(error instanceof SealdropError) || error.retryable) return settings.maxReceives;
  return error.code === 'ACCESS_DENIED' ? Math.min(triesWhereDenied, settings.maxReceives) : 1;
}

/** Puts the message back, or, where trying again is of no use, into the dead-letter queue with the reason. */
async function fail(record: SQSRecord, error: unknown): Promise<void> {
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  logger.error('not sealed', { messageId: record.messageId, receiveCount, ...describeFailure(error) });
  if (receiveCount < triesFor(error)) {
    metrics.addMetric('Retried', MetricUnit.Count, 1);
    await returnAfter(queue, settings.queueUrl, record.receiptHandle, retryDelaySeconds(receiveCount));
    throw error;
  }
  await sendDeadLetter(queue, {
    queueUrl: settings.deadLetterQueueUrl,
    body: record.body,
    reason: error,
    receiveCount,
  });
  metrics.addMetric('DeadLettered', MetricUnit.Count, 1);
}
