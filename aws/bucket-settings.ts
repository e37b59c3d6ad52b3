import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { hasCode } from '../operations/has-code.ts';
import { requestOptions } from './request-options.ts';
import { toS3Error } from './s3-errors.ts';

/** Whether a bucket keeps versions; `suspended` keeps those that are there, and replaces the one without an id. */
export type Versioning = 'on' | 'suspended' | 'off';

/** A lifecycle rule that goes by the ages of objects. */
export interface AgeRule {
  readonly id: string;
  readonly prefix: string;
  /** How old objects are when they expire, in days. */
  readonly expiresAfterDays?: number;
  /** How old objects are when they move to another storage class, in days. */
  readonly movesAfterDays: readonly { readonly days: number; readonly storageClass: string }[];
  /** How long versions stay that are not the current ones, in days. */
  readonly noncurrentExpireAfterDays?: number;
}

/**
 * Whether a bucket keeps versions; nothing where that may not be read.
 *
 * @throws {@link SealdropError} BUCKET_NOT_FOUND, THROTTLED, ABORTED, …
 */
export async function readVersioning(
  client: S3Client,
  bucket: string,
  signal?: AbortSignal,
): Promise<Versioning | undefined> {
  const answer = await ifPermitted('s3:GetBucketVersioning', bucket, () =>
    client.send(new GetBucketVersioningCommand({ Bucket: bucket }), requestOptions(signal)),
  );
  if (answer === undefined) return undefined;
  if (answer.Status === undefined) return 'off';
  return answer.Status === 'Enabled' ? 'on' : 'suspended';
}

/**
 * The rules of a bucket that go by ages and concern keys with a prefix; nothing where they may not be read.
 *
 * @throws {@link SealdropError} BUCKET_NOT_FOUND, THROTTLED, ABORTED, …
 */
export async function readAgeRules(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly AgeRule[] | undefined> {
  const rules = await ifPermitted('s3:GetLifecycleConfiguration', bucket, () =>
    lifecycleRules(client, bucket, signal),
  );
  return rules
    ?.filter(({ Status }) => Status === 'Enabled')
    .map(ageRule)
    .filter((rule) => isByAge(rule) && (rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix)));
}

async function lifecycleRules(
  client: S3Client,
  bucket: string,
  signal: AbortSignal | undefined,
): Promise<readonly LifecycleRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
  try {
    return (await client.send(command, requestOptions(signal))).Rules ?? [];
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

function ageRule({
  ID = '',
  Filter,
  Expiration,
  Transitions = [],
  NoncurrentVersionExpiration,
  ...rule
}: LifecycleRule): AgeRule {
  const { Prefix: older } = rule as { Prefix?: string };
  const noncurrent = NoncurrentVersionExpiration?.NoncurrentDays;
  return {
    id: ID,
    prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? older ?? '',
    movesAfterDays: Transitions.flatMap(({ Days, StorageClass = '' }) =>
      Days === undefined ? [] : [{ days: Days, storageClass: StorageClass }],
    ),
    ...(Expiration?.Days === undefined ? {} : { expiresAfterDays: Expiration.Days }),
    ...(noncurrent === undefined ? {} : { noncurrentExpireAfterDays: noncurrent }),
  };
}

function isByAge({ expiresAfterDays, movesAfterDays, noncurrentExpireAfterDays }: AgeRule): boolean {
  return [expiresAfterDays, noncurrentExpireAfterDays, movesAfterDays[0]].some((each) => each !== undefined);
}

async function ifPermitted<Answer>(
  action: string,
  bucket: string,
  send: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await send();
  } catch (error) {
    const failure: unknown = toS3Error(error, action, { bucket, key: '' });
    if (hasCode(failure, 'ACCESS_DENIED')) return undefined;
    throw failure;
  }
}
