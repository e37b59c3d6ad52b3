import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import {
  createKmsClient,
  createS3Client,
  drill,
  isDrillPassed,
  KmsKeyring,
  RegionGuard,
  S3ObjectStore,
  type CallsByRegion,
  type DrillReport,
} from '../aws/index.ts';
import { metricsNamespace, readDrillSettings } from './settings.ts';
import { hasTimeLeft, stopBeforeTimeout } from './time-left.ts';

const settings = readDrillSettings(process.env);
const logger = new Logger({ serviceName: 'sealdrop-drill' });
const metrics = new Metrics({ namespace: metricsNamespace, serviceName: settings.vaultId });

/** What a drill came to; the objects that failed are in the log. */
export interface DrillAnswer extends Omit<DrillReport, 'failures'> {
  readonly isPassed: boolean;
  readonly region: string;
  readonly calls: CallsByRegion;
}

/** Opens a sample of the replica in this Region, without a call to another, and reports on it. */
export async function handler(_event: unknown, context: Context): Promise<DrillAnswer> {
  const { vaultId, binding, keyArn, sealedBucket, sealedPrefix, concurrency, sample } = settings;
  const [s3, kms] = [createS3Client(), createKmsClient()];
  const region = await kms.config.region();
  const guard = new RegionGuard(region, s3, kms);
  const { failures, ...told } = await drill({
    store: new S3ObjectStore({ client: s3 }),
    keyring: new KmsKeyring({ keyId: keyArn, client: kms }),
    vault: { vaultId, binding },
    ...{ bucket: sealedBucket, prefix: sealedPrefix, concurrency, sample: { count: sample } },
    hasTimeLeft: () => hasTimeLeft(context),
    signal: stopBeforeTimeout(context),
  });
  s3.destroy();
  kms.destroy();
  for (const failure of failures) logger.error('did not open', { ...failure });
  const answer = { ...told, isPassed: isDrillPassed(told), region, calls: guard.calls() };
  logger.info('drill ended', { ...answer });
  publish(told);
  return answer;
}

function publish({ counts, recoveryTimeSeconds, newestAgeSeconds }: Omit<DrillReport, 'failures'>): void {
  const { firstOpened, sample, whole } = recoveryTimeSeconds;
  metrics.addMetric('DrillOpened', MetricUnit.Count, counts.opened);
  metrics.addMetric('DrillFailed', MetricUnit.Count, counts.failed);
  metrics.addMetric('DrillIncomplete', MetricUnit.Count, counts.left);
  const seconds = {
    // The drill may not look at the source: this is the most that the replica is behind, where nothing is lost on the way.
    RecoveryPointSeconds: newestAgeSeconds,
    RecoveryTimeFirstSeconds: firstOpened,
    RecoveryTimeSampleSeconds: sample,
    RecoveryTimeWholeSeconds: whole,
  };
  for (const [name, value] of Object.entries(seconds)) {
    if (value !== undefined) metrics.addMetric(name, MetricUnit.Seconds, value);
  }
  metrics.publishStoredMetrics();
}
