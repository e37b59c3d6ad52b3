import { z } from 'zod';
import {
  dataKeyCacheMost,
  isVaultId,
  limitsOutOfRange,
  type DataKeyCacheLimits,
} from '../lambda/settings.ts';
import type { BucketEncryptionChoice } from './bucket-encryption.ts';
import { ConfigurationError } from './configuration-error.ts';
import { isMultiRegionKeyArn } from './existing-key.ts';
import { isShareSuffix } from './share-suffix.ts';
import { isExisting, type WrappingKeySource } from './wrapping-key-source.ts';

const principalArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
    'must be the ARN of a role or user, without wildcards',
  );

/** In a condition `*` may stand for a part of a name, such as the end that IAM Identity Center makes up. */
const principalArnPattern = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/([\w+=,.@*-]+\/)*[\w+=,.@-][\w+=,.@*-]*$/,
    'must be the ARN of a role or user, with a name that is more than a wildcard',
  );

const keyArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-z0-9-]+$/,
    'must be the ARN of a KMS key, not of an alias',
  );

/** What is named is checked where the stack's Region and account are known. */
const wrappingKey: z.ZodType<WrappingKeySource> = z.strictObject({
  arn: z.string().optional(),
  alias: z.string().optional(),
  material: z.enum(['kms', 'imported', 'custom-key-store']).optional(),
});

const bucketEncryption: z.ZodType<BucketEncryptionChoice> = z.union(
  [z.enum(['s3', 'aws/s3', 'kms']), z.strictObject({ keyArn })],
  'must be "s3", "aws/s3", "kms", or {"keyArn": …} with the ARN of a KMS key',
);

/** Names of stacks and of a trail are made from it; a trail's takes no two hyphens in a row. */
const environmentName = /^(?!.{41})[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/;

/** An environment's second Region. */
export interface RecoverySettings {
  readonly region: string;
  /** When a drill opens a sample there. */
  readonly drillSchedule: string;
  /** How many objects it opens. */
  readonly drillSample: number;
  /** How many days may pass without a drill that opened something. */
  readonly drillWithinDays: number;
  /** How far the replica may be behind. */
  readonly maxLagMinutes: number;
}

/** One environment, as `cdk.json` holds it under `context.environments`. */
interface EnvironmentSettings {
  /** The account and Region to deploy to; by default those of the command's credentials. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** Protects the stacks from deletion, and asks for a break-glass role. */
  readonly production: boolean;
  /** The vault's logical id: part of every encryption context, so it stays what it is. */
  readonly vaultId: string;
  readonly binding: 'object' | 'vault' | 'none';
  /** The wrapping key, new or existing; by default a new one whose material KMS makes. */
  readonly wrappingKey?: WrappingKeySource | undefined;
  /** Cannot be changed after the first deployment. */
  readonly multiRegion: boolean;
  /** Of a new wrapping key whose material KMS makes; by default 365. */
  readonly rotationPeriodDays?: number | undefined;
  /** What S3 encrypts the buckets with; by default `s3` and `kms`. */
  readonly sealedEncryption?: BucketEncryptionChoice | undefined;
  readonly intakeEncryption?: BucketEncryptionChoice | undefined;
  /** Who may disable the wrapping key or have it deleted; `*` may stand for a part of a name. */
  readonly breakGlassRoleArns: readonly string[];
  /** Who may assume the opener role; by default whom the account's IAM policies let. */
  readonly openerArns: readonly string[];
  readonly handover: 'keep' | 'tag' | 'delete';
  /** How long a source version that was handed over or overwritten is kept. */
  readonly expireSourceAfterDays: number;
  /** How long a version of a sealed object is kept once it is not the current one: days, or `none` for ever. */
  readonly expireNoncurrentAfterDays: number | 'none';
  /** Makes the migrator role, for as long as this is there; by default there is none. */
  readonly migration?:
    | {
        readonly principalArns: readonly string[];
        readonly toKeyArns: readonly string[];
        /** Whether the migrator may open data keys, to share objects with RSA keys. */
        readonly sharesWithRsaKeys: boolean;
        /** The suffixes of the shares that the migrator may take away. */
        readonly shareSuffixes: readonly string[];
      }
    | undefined;
  /** Replicates what is sealed to a second Region that opens it by itself; by default there is none. */
  readonly recovery?: RecoverySettings | undefined;
  readonly rewrapSchedule: string;
  /** How many requests a second a rewrap run sends to KMS, at most. */
  readonly rewrapRequestsPerSecond: number;
  /** How often sealing a file is tried. */
  readonly maxReceives: number;
  /** For how long a file is tried, beyond `maxReceives`, while a service is away. */
  readonly keepTryingHours: number;
  /** How far data keys are shared; by default as far as {@link SealedVaultProps} tells. */
  readonly dataKeyCache?: Partial<DataKeyCacheLimits> | 'none' | undefined;
  /** How long nobody can delete a log of the trail; in production not even the account's root. */
  readonly logRetentionDays: number;
}

const cacheLimit = (name: keyof DataKeyCacheLimits) =>
  z
    .number()
    .refine(
      (value) => limitsOutOfRange({ [name]: value }).length === 0,
      `must be a whole number from 1 to ${dataKeyCacheMost[name]}`,
    )
    .exactOptional();

const regionName = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'must be the name of a Region');

const schedule = z.string().regex(/^(rate|cron)\(.+\)$/, 'must be "rate(…)" or "cron(…)"');

const recovery: z.ZodType<RecoverySettings> = z.strictObject({
  region: regionName,
  drillSchedule: schedule.default('rate(1 day)'),
  drillSample: z.int().min(1).max(10_000).default(100),
  drillWithinDays: z.int().min(1).max(7).default(2),
  maxLagMinutes: z.int().min(1).max(10_080).default(15),
});

const environment: z.ZodType<EnvironmentSettings> = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, 'must have 12 digits')
    .optional(),
  region: regionName.optional(),
  production: z.boolean(),
  vaultId: z.string().refine(isVaultId, 'must be 1 to 63 lower-case letters, digits and hyphens'),
  binding: z.enum(['object', 'vault', 'none']).default('object'),
  wrappingKey: wrappingKey.optional(),
  multiRegion: z.boolean().default(false),
  rotationPeriodDays: z.int().min(90).max(2560).optional(),
  sealedEncryption: bucketEncryption.optional(),
  intakeEncryption: bucketEncryption.optional(),
  breakGlassRoleArns: z.array(principalArnPattern).default([]),
  openerArns: z.array(principalArn).default([]),
  handover: z.enum(['keep', 'tag', 'delete']).default('delete'),
  expireSourceAfterDays: z.int().min(1).default(7),
  expireNoncurrentAfterDays: z.union([z.int().min(1), z.literal('none')]).default(90),
  migration: z
    .strictObject({
      principalArns: z.array(principalArn).min(1),
      toKeyArns: z.array(keyArn).default([]),
      sharesWithRsaKeys: z.boolean().default(false),
      shareSuffixes: z
        .array(z.string().refine(isShareSuffix, 'must be a suffix such as ".partner"'))
        .default([]),
    })
    .optional(),
  recovery: recovery.optional(),
  rewrapSchedule: schedule.default('rate(1 day)'),
  rewrapRequestsPerSecond: z.number().min(1).max(100_000).default(500),
  maxReceives: z.int().min(1).max(100).default(12),
  keepTryingHours: z.int().min(0).max(336).default(96),
  dataKeyCache: z
    .union([
      z.literal('none'),
      z.strictObject({
        maxAgeSeconds: cacheLimit('maxAgeSeconds'),
        maxMessages: cacheLimit('maxMessages'),
        maxBytes: cacheLimit('maxBytes'),
      }),
    ])
    .optional(),
  logRetentionDays: z.int().min(1).max(36_500).default(365),
});

/** An environment and its name. */
export interface Environment extends EnvironmentSettings {
  readonly name: string;
}

/**
 * The environment that `-c env=NAME` chose.
 *
 * @param name - what the caller gave
 * @param environments - the map of all environments, unchecked
 * @throws {@link ConfigurationError} where the name is missing or unknown, or the environment malformed.
 */
export function chooseEnvironment(name: unknown, environments: unknown): Environment {
  if (typeof environments !== 'object' || environments === null || Array.isArray(environments)) {
    throw new ConfigurationError(
      'no environments are configured',
      'add "environments" to the context in cdk.json',
    );
  }
  const known = Object.keys(environments).join(', ');
  if (typeof name !== 'string' || name === '') {
    throw new ConfigurationError('no environment was chosen', `pass -c env=NAME with one of: ${known}`);
  }
  if (!Object.hasOwn(environments, name)) {
    throw new ConfigurationError(`unknown environment "${name}"`, `pass -c env=NAME with one of: ${known}`);
  }
  if (!environmentName.test(name)) {
    throw new ConfigurationError(
      `"${name}" cannot be the name of an environment`,
      'rename it in cdk.json to at most 40 letters and digits, with single hyphens between them',
    );
  }
  const parsed = environment.safeParse((environments as Record<string, unknown>)[name]);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || name}: ${message}`);
    throw new ConfigurationError(
      `the environment "${name}" is malformed: ${faults.join('; ')}`,
      `correct context.environments.${name} in cdk.json`,
    );
  }
  const { production, breakGlassRoleArns, wrappingKey: source } = parsed.data;
  // The policy of an existing key is its owner's.
  if (production && breakGlassRoleArns.length === 0 && !isExisting(source)) {
    throw new ConfigurationError(
      `the production environment "${name}" names no break-glass role`,
      `set context.environments.${name}.breakGlassRoleArns in cdk.json to who may disable or delete the key`,
    );
  }
  assertRecoverable(name, parsed.data);
  assertVaultIsItsOwn(name, parsed.data, environments as Record<string, unknown>);
  return { name, ...parsed.data };
}

/** References between two Regions need names that are known at synthesis, and only a multi-Region key has a replica. */
function assertRecoverable(name: string, settings: EnvironmentSettings): void {
  const { account, region, recovery: second, multiRegion, wrappingKey: source } = settings;
  if (second === undefined) return;
  const place = `context.environments.${name}`;
  if (account === undefined || region === undefined) {
    throw new ConfigurationError(
      `the environment "${name}" names a second Region, but not its own account and Region`,
      `set ${place}.account and ${place}.region in cdk.json`,
    );
  }
  if (region === second.region) {
    throw new ConfigurationError(
      `the environment "${name}" is to be recovered in ${region}, where it is itself`,
      `set ${place}.recovery.region in cdk.json to another Region`,
    );
  }
  if (multiRegion || isMultiRegionKeyArn(source?.arn ?? '')) return;
  throw new ConfigurationError(
    `the environment "${name}" has a second Region, and a wrapping key that cannot be there`,
    isExisting(source)
      ? `name a multi-Region key (mrk-…) in ${place}.wrappingKey.arn in cdk.json`
      : `set ${place}.multiRegion in cdk.json to true: only before the first deployment, since a key stays what it is`,
  );
}

/**
 * Two environments with one vault id would share aliases and encryption contexts; those are one vault where the one
 * seals in the second Region of the other.
 */
function assertVaultIsItsOwn(
  name: string,
  own: EnvironmentSettings,
  environments: Record<string, unknown>,
): void {
  const twin = Object.entries(environments).find(([other, settings]) => {
    const theirs = (settings ?? {}) as Partial<EnvironmentSettings>;
    if (other === name || theirs.vaultId !== own.vaultId) return false;
    return !(sealsInSecondRegionOf(own, theirs) || sealsInSecondRegionOf(theirs, own));
  });
  if (twin === undefined) return;
  throw new ConfigurationError(
    `the environments "${name}" and "${twin[0]}" have the same vault id "${own.vaultId}"`,
    `give context.environments.${name} in cdk.json a vaultId of its own`,
  );
}

/** Whether an environment is in the second Region of another, with the replica of its key. */
function sealsInSecondRegionOf(
  second: Partial<EnvironmentSettings>,
  first: Partial<EnvironmentSettings>,
): boolean {
  const isThere = second.region !== undefined && second.region === first.recovery?.region;
  return isThere && second.account === first.account && isMultiRegionKeyArn(second.wrappingKey?.arn ?? '');
}
