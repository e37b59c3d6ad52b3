import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import {
  createS3Client,
  readMapResults,
  RewrapTotals,
  S3ObjectStore,
  writeJsonObject,
  type MapResult,
  type RewrapSummary,
  type WrappingRecord,
} from '../aws/index.ts';
import { batchReport } from './batch-report.ts';
import { costOfRequests, type Cost } from './cost-of-requests.ts';
import { describedKey, wrappingOf } from './described-key.ts';
import { metricsNamespace, readReportSettings } from './settings.ts';

const settings = readReportSettings(process.env);
const store = new S3ObjectStore({ client: createS3Client() });
const logger = new Logger({ serviceName: 'sealdrop-rewrap-report' });
const metrics = new Metrics({ namespace: metricsNamespace, serviceName: settings.vaultId });

/** A run that has ended, as the state machine tells of it. */
const endedRun = z.object({
  /** What the keys of its result files begin with, in the report bucket. */
  prefix: z.string().endsWith('/'),
  startedAt: z.string(),
  key: describedKey,
  /** What cut the run short, by Step Functions' name for it. */
  ended: z.object({ Error: z.string().optional() }),
});

/** How many failures a summary tells of one by one; the result files have all. */
const maxFailures = 1000;

/** What came of a run, and whether it counts as failed. */
export interface RunReport extends RewrapSummary {
  /** What its requests to KMS and S3 cost, at about. */
  readonly cost: Cost;
  /** The wrapping that the run moved to. */
  readonly current: WrappingRecord;
  /** What cut it short, by Step Functions' name for it. */
  readonly error?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Whether more objects failed, or were not got to, than is tolerated. */
  readonly isFailed: boolean;
}

/** Adds up what the batches of a run told, and writes it down as `summary.json` beside their result files. */
export async function handler(event: unknown): Promise<Omit<RunReport, 'failures'> & { summaryKey: string }> {
  const { prefix, startedAt, key, ended } = endedRun.parse(event);
  const totals = new RewrapTotals(maxFailures);
  const place = { bucket: settings.reportBucket, prefix };
  for await (const result of readMapResults(store, place)) addTo(totals, result);
  if (ended.Error !== undefined) totals.cutShort();
  const summary = totals.summary();
  const report: RunReport = {
    ...summary,
    cost: costOfRequests(summary.requests),
    ...{ current: wrappingOf(key), startedAt, endedAt: new Date().toISOString() },
    ...(ended.Error === undefined ? {} : { error: ended.Error }),
    isFailed: isFailed(summary),
  };
  const summaryKey = `${prefix}summary.json`;
  await writeJsonObject(store, { bucket: settings.reportBucket, key: summaryKey }, report);
  const { failures: _failures, ...told } = report;
  logger.info('rewrap run ended', { ...told, summaryKey });
  metrics.addMetric('Rewrapped', MetricUnit.Count, summary.counts.rewrapped);
  metrics.addMetric('RewrapFailed', MetricUnit.Count, summary.counts.failed);
  metrics.addMetric('RewrapIncomplete', MetricUnit.Count, summary.left + (summary.isCutShort ? 1 : 0));
  metrics.publishStoredMetrics();
  return { ...told, summaryKey };
}

function addTo(totals: RewrapTotals, result: MapResult): void {
  if (result.status === 'PENDING') {
    totals.cutShort();
    return;
  }
  const told = batchReport.safeParse(result.output);
  if (told.success) totals.add(told.data);
  else totals.addLost(result.items);
}

function isFailed({ counts, left, isCutShort }: RewrapSummary): boolean {
  const all = Object.values(counts).reduce((sum, count) => sum + count, left);
  const bad = counts.failed + left;
  return isCutShort || bad * 100 > all * settings.toleratedFailurePercentage;
}
