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
  type RewrapBatchReport,
  type WrappingRecord,
} from '../aws/index.ts';
import { isInKeyStore } from '../aws/wrapping-key.ts';
import { BatchFailed, isBatchFailed } from './batch-failed.ts';
import { batchReport } from './batch-report.ts';
import { describedKey, wrappingOf, type DescribedKey } from './described-key.ts';
import { readInventoryKeys, type ReadKeys } from './inventory-keys.ts';
import { readRewrapSettings } from './settings.ts';
import { hasTimeLeft, stopBeforeTimeout } from './time-left.ts';

const settings = readRewrapSettings(process.env);
const s3 = createS3Client();
// Tried again by the batch, each time in its turn: what the client sent again by itself would exceed the budget.
const kms = createKmsClient({ maxAttempts: 1 });
const store = new S3ObjectStore({ client: s3 });
const requests = new RequestCounts(s3, kms);
// Every copy of this function keeps to its share, so that all of them together keep to the budget.
const pace = new RequestPace({ perSecond: settings.requestsPerSecond / settings.workers });
const keyring = new PacedKeyring(new KmsKeyring({ keyId: settings.keyArn, client: kms }), pace);
const logger = new Logger({ serviceName: 'sealdrop-rewrap' });

/** A batch of a run, as the state machine hands it out. */
const batch = z
  .object({
    key: describedKey,
    /** As S3 knows them. */
    keys: z.array(z.string()).optional(),
    /** As an S3 Inventory lists them. */
    inventoried: z.array(z.object({ bucket: z.string(), key: z.string() })).optional(),
    /** What was done of this batch when time ran out before. */
    before: batchReport.optional(),
  })
  .refine(({ keys, inventoried }) => keys !== undefined || inventoried !== undefined);

/** What came of a batch, and whether another invocation is to go on with what is left of it. */
export interface BatchAnswer extends RewrapBatchReport {
  readonly goOn: boolean;
}

/**
 * Moves the data keys of one batch of objects to the newest material of the wrapping key.
 *
 * @throws {@link BatchFailed} where hardly anything of it could be rewrapped, so that a run ends early whose every
 *   call fails.
 */
export async function handler(event: unknown, context: Context): Promise<BatchAnswer> {
  const { key, keys = [], inventoried = [], before } = batch.parse(event);
  const { vaultId, binding, sealedBucket, concurrency } = settings;
  requests.take();
  const listed: ReadKeys = readInventoryKeys(inventoried, sealedBucket);
  const read: ReadKeys = { ...listed, keys: [...keys, ...listed.keys].filter(isObject) };
  const done = await rewrapMany(
    read.keys.map((each) => ({ bucket: sealedBucket, key: each })),
    {
      ...{ store, keyring, vault: { vaultId, binding }, current: await currentWrapping(key), concurrency },
      hasTimeLeft: () => hasTimeLeft(context),
      signal: stopBeforeTimeout(context),
    },
  );
  const failures = [...read.failures, ...done.failures];
  const counts = { ...done.counts, failed: failures.length };
  for (const failure of failures) logger.error('not rewrapped', { ...failure });
  logger.info('batch ended', { counts, left: done.left.length, kmsPerSecond: pace.perSecond });
  const told = { counts, failures, left: done.left, requests: requests.take() };
  const all = before === undefined ? told : continuedReport(before, told);
  if (isBatchFailed(all)) throw new BatchFailed(all);
  // Where nothing came of a whole invocation, another one would not do better: it is left to the next run.
  return { ...all, goOn: done.left.length > 0 && done.left.length < read.keys.length };
}

/** Instruction files go with their objects. */
function isObject(key: string): boolean {
  return !key.endsWith(defaultInstructionFileSuffix);
}

/**
 * Without the id of the key material nobody can tell what is current; Step Functions may not know of it yet. A key in a
 * custom key store has none.
 */
async function currentWrapping(described: DescribedKey): Promise<WrappingRecord> {
  if (described.CurrentKeyMaterialId !== undefined || isInKeyStore(described)) return wrappingOf(described);
  return wrappingOf(describedKey.parse(await new KmsKeyring({ keyId: settings.keyArn }).describeKey()));
}
