import { z } from 'zod';
import { bindings, SealdropError, type Binding } from '../envelope/index.ts';
import { handovers, type Handover } from '../operations/handover.ts';
import { isCacheLimit, sealingCacheMost } from '../operations/sealing-cache-most.ts';

/** Under what CloudWatch keeps what the functions count; the vault's id is the dimension `service`. */
export const metricsNamespace = 'Sealdrop';

/** How far one data key is shared between objects that are sealed. */
export interface DataKeyCacheLimits {
  /** For how long a data key is used, from the moment that it was asked for. */
  readonly maxAgeSeconds: number;
  /** How many objects one data key seals. */
  readonly maxMessages: number;
  /** How many bytes of plaintext one data key seals. */
  readonly maxBytes: number;
}

/** How far each limit can be set; none can be less than 1. */
export const dataKeyCacheMost: DataKeyCacheLimits = {
  maxAgeSeconds: sealingCacheMost.maxAgeSeconds,
  maxMessages: sealingCacheMost.maxMessages,
  maxBytes: sealingCacheMost.maxBytes,
};

/** The names of limits that no cache takes: each must be a whole number from 1 to {@link dataKeyCacheMost}. */
export function limitsOutOfRange(limits: Partial<DataKeyCacheLimits>): (keyof DataKeyCacheLimits)[] {
  const names = Object.keys(dataKeyCacheMost) as (keyof DataKeyCacheLimits)[];
  return names.filter(
    (name) => limits[name] !== undefined && !isCacheLimit(limits[name], dataKeyCacheMost[name]),
  );
}

/** The longest that a message can be kept in work: two weeks, as long as a queue keeps one. */
export const mostKeepTryingSeconds: number = 14 * 24 * 60 * 60;

/** What every function knows of its vault. */
export interface VaultSettings {
  /** The logical id of the vault, part of every encryption context. */
  readonly vaultId: string;
  readonly binding: Binding;
  /** What the wrapping key is called by: its own ARN, or that of an alias. */
  readonly keyArn: string;
  readonly sealedBucket: string;
  /** What goes before the source's keys in the sealed bucket. */
  readonly sealedPrefix: string;
}

/** What the seal function is configured with. */
export interface SealSettings extends VaultSettings {
  readonly handover: Handover;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** How often the queue hands a message out before it goes to the dead-letter queue. */
  readonly maxReceives: number;
  /** For how long a message is tried, beyond `maxReceives`, whose work waits for a service. */
  readonly keepTryingSeconds: number;
  /** How far data keys are shared; `none` where each object has its own, as always with binding `object`. */
  readonly dataKeyCache: DataKeyCacheLimits | 'none';
}

/** What the rewrap function is configured with. */
export interface RewrapSettings extends VaultSettings {
  /** How many objects one copy of the function rewraps at once. */
  readonly concurrency: number;
  /** How many copies of the function work at once. */
  readonly workers: number;
  /** The budget that all of them share: requests to KMS a second. */
  readonly requestsPerSecond: number;
}

/** What the function is configured with that reports on a rewrap run. */
export interface ReportSettings {
  readonly vaultId: string;
  /** Where the results of runs are. */
  readonly reportBucket: string;
  /** How many of a hundred objects may fail before the run counts as failed. */
  readonly toleratedFailurePercentage: number;
}

/** What the drill function is configured with; its key and bucket are those of the second Region. */
export interface DrillSettings extends VaultSettings {
  /** How many objects are opened at once. */
  readonly concurrency: number;
  /** How many objects a drill opens. */
  readonly sample: number;
}

/** Whether a text can be a vault's logical id: 1 to 63 lower-case letters, digits and hyphens. */
export function isVaultId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

const vaultFields = {
  vaultId: z.string().refine(isVaultId),
  binding: z.enum(bindings),
  keyArn: z.string().regex(/^arn:[^:]+:kms:[^:]+:[^:]+:(key|alias)\/./),
  sealedBucket: z.string().min(3),
  sealedPrefix: z.string().default(''),
};

const cacheLimits: z.ZodType<DataKeyCacheLimits> = z
  .strictObject({ maxAgeSeconds: z.number(), maxMessages: z.number(), maxBytes: z.number() })
  .refine((limits) => limitsOutOfRange(limits).length === 0);

const sealSettings: z.ZodType<SealSettings> = z.object({
  ...vaultFields,
  handover: z.enum(handovers),
  queueUrl: z.url(),
  deadLetterQueueUrl: z.url(),
  maxReceives: z.coerce.number().int().min(1).max(1000),
  keepTryingSeconds: z.coerce.number().int().min(0).max(mostKeepTryingSeconds),
  dataKeyCache: z.preprocess(parsedJson, z.union([z.literal('none'), cacheLimits])),
});

const rewrapSettings: z.ZodType<RewrapSettings> = z.object({
  ...vaultFields,
  concurrency: z.coerce.number().int().min(1).max(1000),
  workers: z.coerce.number().int().min(1).max(1000),
  requestsPerSecond: z.coerce.number().positive().max(1_000_000),
});

const reportSettings: z.ZodType<ReportSettings> = z.object({
  vaultId: vaultFields.vaultId,
  reportBucket: z.string().min(3),
  toleratedFailurePercentage: z.coerce.number().min(0).max(100),
});

const drillSettings: z.ZodType<DrillSettings> = z.object({
  ...vaultFields,
  concurrency: z.coerce.number().int().min(1).max(1000),
  sample: z.coerce.number().int().min(1).max(10_000),
});

/** What any function is configured with. */
export type FunctionSettings = SealSettings | RewrapSettings | ReportSettings | DrillSettings;

/** The environment variable of each setting. */
const variables: Record<
  keyof SealSettings | keyof RewrapSettings | keyof ReportSettings | keyof DrillSettings,
  string
> = {
  vaultId: 'SEALDROP_VAULT_ID',
  binding: 'SEALDROP_BINDING',
  keyArn: 'SEALDROP_KEY_ARN',
  sealedBucket: 'SEALDROP_SEALED_BUCKET',
  sealedPrefix: 'SEALDROP_SEALED_PREFIX',
  handover: 'SEALDROP_HANDOVER',
  queueUrl: 'SEALDROP_QUEUE_URL',
  deadLetterQueueUrl: 'SEALDROP_DEAD_LETTER_QUEUE_URL',
  maxReceives: 'SEALDROP_MAX_RECEIVES',
  keepTryingSeconds: 'SEALDROP_KEEP_TRYING_SECONDS',
  dataKeyCache: 'SEALDROP_DATA_KEY_CACHE',
  concurrency: 'SEALDROP_CONCURRENCY',
  workers: 'SEALDROP_WORKERS',
  requestsPerSecond: 'SEALDROP_REQUESTS_PER_SECOND',
  reportBucket: 'SEALDROP_REPORT_BUCKET',
  toleratedFailurePercentage: 'SEALDROP_TOLERATED_FAILURE_PERCENTAGE',
  sample: 'SEALDROP_SAMPLE',
};

/** Variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {@link SealdropError} SETTINGS_INVALID with the names of the variables that are wrong. */
export function readSealSettings(environment: Environment): SealSettings {
  return read(sealSettings, environment);
}

/** @throws {@link SealdropError} SETTINGS_INVALID with the names of the variables that are wrong. */
export function readRewrapSettings(environment: Environment): RewrapSettings {
  return read(rewrapSettings, environment);
}

/** @throws {@link SealdropError} SETTINGS_INVALID with the names of the variables that are wrong. */
export function readReportSettings(environment: Environment): ReportSettings {
  return read(reportSettings, environment);
}

/** @throws {@link SealdropError} SETTINGS_INVALID with the names of the variables that are wrong. */
export function readDrillSettings(environment: Environment): DrillSettings {
  return read(drillSettings, environment);
}

/** The environment variables that these functions read back. */
export function toEnvironment(settings: FunctionSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      variables[name as keyof typeof variables],
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** What the text of a variable says in JSON, or the text itself where it is none. */
function parsedJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

function read<Settings>(schema: z.ZodType<Settings>, environment: Environment): Settings {
  const raw = Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, environment[variable]]),
  );
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => variables[issue.path[0] as keyof typeof variables]);
  throw new SealdropError('SETTINGS_INVALID', `missing or malformed: ${[...new Set(wrong)].join(', ')}`, {
    fields: { variables: [...new Set(wrong)] },
  });
}
