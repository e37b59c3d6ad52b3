import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import {
  continuedReport,
  createKmsClient,
  createS3Client,
  defaultInstructionFileSuffix,
  KmsKeyring,
  PacedKeyring,
  RequestCounts,
  RequestPace,
  rewrapMany,
  S3ObjectStore,
  type ObjectAddress,
  type RewrapBatchReport,
} from '../aws/index.ts';
import { batchReport } from './batch-report.ts';
import { describedKey, wrappingOf } from './described-key.ts';
import { readRewrapSettings } from './settings.ts';
import { hasTimeLeft, stopBeforeTimeout } from './time-left.ts';

const settings = readRewrapSettings(process.env);
const s3 = createS3Client();
// Throttling is met by a slower pace and longer waits than the client's own.
const kms = createKmsClient({ maxAttempts: 3 });
const store = new S3ObjectStore({ client: s3 });
const requests = new RequestCounts(s3, kms);
// Every copy of this function keeps to its share, so that all of them together keep to the budget.
const pace = new RequestPace({ perSecond: settings.requestsPerSecond / settings.workers });
const keyring = new PacedKeyring(new KmsKeyring({ keyId: settings.keyArn, client: kms }), pace);
const logger = new Logger({ serviceName: 'sealdrop-rewrap' });

/** As many as Step Functions has room for beside a failure. */
const maxToldFailures = 20;

/** A batch of a run, as the state machine hands it out. */
const batch = z.object({
  key: describedKey,
  keys: z.array(z.string()),
  /** S3 Inventory encodes the keys in its lists; a listing does not. */
  areKeysEncoded: z.boolean().default(false),
  /** What was done of this batch when time ran out before. */
  before: batchReport.optional(),
});

/**
 * Moves the data keys of one batch of objects to the newest material of the wrapping key.
 *
 * @throws {@link BatchFailed} where not one of the objects that needed it could be rewrapped, so that a run ends early
 *   whose every call fails.
 */
export async function handler(event: unknown, context: Context): Promise<RewrapBatchReport> {
  const { key, keys, areKeysEncoded, before } = batch.parse(event);
  const { vaultId, binding, sealedBucket, concurrency } = settings;
  requests.take();
  const done = await rewrapMany(
    keys
      .map((each) => ({ bucket: sealedBucket, key: areKeysEncoded ? decodeKey(each) : each }))
      .filter(isObject),
    {
      ...{ store, keyring, vault: { vaultId, binding }, current: wrappingOf(key), concurrency },
      hasTimeLeft: () => hasTimeLeft(context),
      signal: stopBeforeTimeout(context),
    },
  );
  const told: RewrapBatchReport = { ...done, requests: requests.take() };
  for (const failure of done.failures) logger.error('not rewrapped', { ...failure });
  logger.info('batch ended', { counts: done.counts, left: done.left.length, kmsPerSecond: pace.perSecond });
  const all = before === undefined ? told : continuedReport(before, told);
  if (all.counts.failed > 0 && all.counts.rewrapped === 0) throw new BatchFailed(all);
  return all;
}

/** Instruction files go with their objects. */
function isObject({ key }: ObjectAddress): boolean {
  return !key.endsWith(defaultInstructionFileSuffix);
}

/** With a plus sign for a space, as forms have it. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** A batch without a single success. Its report goes along as the message: nothing else of it is kept. */
class BatchFailed extends Error {
  override readonly name = 'BatchFailed';

  constructor({ counts, failures, requests }: RewrapBatchReport) {
    super(JSON.stringify({ counts, failures: failures.slice(0, maxToldFailures), requests, left: [] }));
  }
}
