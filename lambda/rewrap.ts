import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { KmsKeyring, rewrapAll, S3ObjectStore, type RewrapSummary } from '../aws/index.ts';
import { describeFailure } from './failure.ts';
import { readRewrapSettings } from './settings.ts';
import { hasTimeLeft, stopBeforeTimeout } from './time-left.ts';

const settings = readRewrapSettings(process.env);
const store = new S3ObjectStore();
const keyring = new KmsKeyring({ keyId: settings.keyArn });
const logger = new Logger({ serviceName: 'sealdrop-rewrap' });
const metrics = new Metrics({ namespace: 'Sealdrop', serviceName: settings.vaultId });

/** What a run answers: how many objects ended how, and whether the list was walked to its end. */
export type RewrapReport = Omit<RewrapSummary, 'failures'>;

/** Moves every data key in the vault to the newest material of the wrapping key. */
export async function handler(_event: unknown, context: Context): Promise<RewrapReport> {
  const { vaultId, binding, sealedBucket, sealedPrefix, concurrency } = settings;
  const { counts, failures, incomplete } = await rewrapAll({
    store,
    keyring,
    vault: { vaultId, binding },
    bucket: sealedBucket,
    prefix: sealedPrefix,
    concurrency,
    hasTimeLeft: () => hasTimeLeft(context),
    signal: stopBeforeTimeout(context),
  });
  for (const { key, error } of failures) logger.error('not rewrapped', { key, ...describeFailure(error) });
  logger.info('rewrap run ended', { counts, incomplete });
  metrics.addMetric('Rewrapped', MetricUnit.Count, counts.rewrapped);
  metrics.addMetric('RewrapFailed', MetricUnit.Count, counts.failed);
  metrics.addMetric('RewrapIncomplete', MetricUnit.Count, incomplete ? 1 : 0);
  metrics.publishStoredMetrics();
  return { counts, incomplete };
}
