import { InvalidArgumentError, Option } from 'commander';
import {
  bindings,
  commitmentPolicies,
  type Binding,
  type CommitmentPolicy,
  type EncryptionContext,
} from '../envelope/index.ts';
import { defaultBufferLimitBytes } from '../operations/open-object.ts';
import type { Sample } from '../operations/sample.ts';
import type { Filter } from './filters.ts';
import type { LocateOptions } from './located.ts';
import { UsageError } from './usage-error.ts';

/** The options of whoever works with objects. */
export interface CommonFlags {
  readonly region?: string;
  readonly json?: true;
  readonly concurrency: number;
  readonly include?: readonly Filter[];
  readonly exclude?: readonly Filter[];
  readonly objectKey?: string;
}

/** The options of whoever writes. */
export interface TransferFlags {
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly followSymlinks: boolean;
  readonly partSize?: number;
}

/** The options that name wrapping keys. */
export interface KeyFlags {
  readonly key?: string;
  readonly acceptKey?: readonly string[];
  readonly region?: string;
}

/** The options that tell what an object is, or must be, bound to. */
export interface VaultFlags {
  readonly vault?: string;
  readonly bind: Binding;
  readonly context: EncryptionContext;
}

/** The options that tell what a reader accepts. */
export interface ReaderFlags {
  readonly commitmentPolicy: CommitmentPolicy;
  readonly legacyWrapping?: true;
  readonly legacyContent?: true;
  readonly instructionFileSuffix?: string;
}

export function region(): Option {
  return new Option(
    '--region <region>',
    "the Region; otherwise the environment's or the profile's",
  ).argParser(notEmpty);
}

export function json(): Option {
  return new Option('--json', 'write one line of JSON for each object to standard output');
}

export function concurrency(): Option {
  return new Option('--concurrency <n>', 'how many objects to work on at once')
    .argParser(wholeNumber(1, 256))
    .default(16);
}

export function objectKey(): Option {
  return new Option(
    '--object-key <key>',
    'the object key of a local sealed file, or the beginning of the keys of a local tree, as bound by --bind object',
  ).argParser(notEmpty);
}

/** `--include` and `--exclude`, which fill one list: their order counts. */
export function filters(): [Option, Option] {
  const typed: Filter[] = [];
  const collect =
    (kind: Filter['kind']) =>
    (pattern: string): Filter[] => {
      typed.push({ kind, pattern: notEmpty(pattern) });
      return typed;
    };
  return [
    new Option(
      '--include <pattern>',
      'work on names that match, though an earlier --exclude matches them',
    ).argParser(collect('include')),
    new Option('--exclude <pattern>', 'leave out names that match: "*.tmp", "cache/*"').argParser(
      collect('exclude'),
    ),
  ];
}

export function key(): Option {
  return new Option('--key <arn>', 'the wrapping key: an ARN, a key id or an alias').env('SEALDROP_KEY');
}

export function acceptKey(): Option {
  return new Option(
    '--accept-key <arn>',
    'open what this key wrapped, too, while a vault moves to another key; repeatable',
  ).argParser((arn, before?: readonly string[]) => [...(before ?? []), notEmpty(arn)]);
}

export function toKey(): Option {
  return new Option('--to-key <arn>', 'the key that wraps from now on, in the place of --key').argParser(
    notEmpty,
  );
}

export function requestsPerSecond(): Option {
  return new Option('--requests-per-second <n>', 'how many requests a second KMS gets, at most')
    .argParser(wholeNumber(1, 100_000))
    .default(200);
}

export function vault(): [Option, Option, Option] {
  return [
    new Option('--vault <id>', "the vault's logical id").env('SEALDROP_VAULT'),
    new Option('--bind <binding>', 'what an object is bound to').choices(bindings).default('object'),
    new Option(
      '--context <k=v>',
      'a further pair of the encryption context, or all of them as JSON; repeatable',
    )
      .argParser(collectContext)
      .default({}, 'none'),
  ];
}

export function commitmentPolicy(): Option {
  return new Option('--commitment-policy <policy>', 'whether objects must commit to their data key')
    .choices(commitmentPolicies)
    .default('REQUIRE_ENCRYPT_REQUIRE_DECRYPT');
}

export function reader(): Option[] {
  return [
    commitmentPolicy(),
    new Option('--legacy-wrapping', 'accept data keys that older clients wrapped'),
    new Option('--legacy-content', 'accept content that nobody authenticates (AES-CBC)'),
    instructionFileSuffix(),
  ];
}

/** The options of whoever opens objects of a place. */
export function opening(): Option[] {
  return [key(), acceptKey(), ...vault(), ...reader(), objectKey(), ...filters()];
}

export function instructionFileSuffix(): Option {
  return new Option(
    '--instruction-file-suffix <suffix>',
    'what the key takes for its instruction file (default: ".instruction")',
  ).argParser(notEmpty);
}

/** `--instruction-file-suffix` of whoever looks for instruction files of any client. */
export function instructionFileSuffixes(): Option {
  return new Option(
    '--instruction-file-suffix <suffix>',
    'what a key may take for its instruction file, besides ".instruction"; repeatable',
  ).argParser((suffix, before?: readonly string[]) => [...(before ?? []), notEmpty(suffix)]);
}

export function transfer(): Option[] {
  return [
    new Option('--overwrite', 'replace what stands in the place of the result'),
    new Option('--dry-run', 'tell what would be done, and do nothing'),
    partSize(),
  ];
}

export function noSymlinks(): Option {
  return new Option('--no-follow-symlinks', 'pass over symbolic links below a folder');
}

function partSize(): Option {
  return new Option(
    '--part-size <size>',
    'the length of a part of a large object (default: 5MiB, more over 48GiB)',
  ).argParser(byteSize(5 * 2 ** 20, 5 * 2 ** 30));
}

export function bufferLimit(): Option {
  return new Option(
    '--buffer-limit <size>',
    'the longest plaintext to hold in memory until it is verified, for standard output',
  )
    .argParser(byteSize(1, 2 ** 31))
    .default(defaultBufferLimitBytes, '64MiB');
}

export function sample(): Option {
  return new Option('--sample <part>', 'look at a random part only: 1% or a number of objects').argParser(
    parseSample,
  );
}

/** The filters as they were typed. */
export function filtersOf({ include, exclude }: CommonFlags): readonly Filter[] {
  return include ?? exclude ?? [];
}

/** @throws {@link UsageError} where one object was named, and filters for many. */
export function assertNoFilters(flags: CommonFlags): void {
  if (filtersOf(flags).length === 0) return;
  throw new UsageError('--include and --exclude are for trees', 'leave them out, or end the place with "/"');
}

/** How places are reached. */
export function locating(flags: Partial<CommonFlags & TransferFlags>): LocateOptions {
  const { region: named, objectKey: key, partSize: partSizeBytes, followSymlinks } = flags;
  return {
    ...(named === undefined ? {} : { region: named }),
    ...(key === undefined ? {} : { objectKey: key }),
    ...(partSizeBytes === undefined ? {} : { partSizeBytes }),
    ...(followSymlinks === undefined ? {} : { followSymlinks }),
  };
}

/** @throws the parser's own error for an empty text. */
export function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** Reads a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Reads a length in bytes, such as `8388608` or `8MiB`. */
export function byteSize(least: number, most: number): (text: string) => number {
  return (text) => {
    const [, digits = '', unit = 'none'] = /^(\d+) ?([A-Za-z]*)$/.exec(text) ?? [];
    const value = Number(digits) * (Object.hasOwn(units, unit) ? (units[unit] ?? NaN) : NaN);
    if (digits !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `It must be a length in B, KiB, MiB or GiB, from ${least} to ${most} bytes.`,
    );
  };
}

/**
 * Reads one `name=value`, or a JSON object of strings, and adds it to what was there.
 *
 * @throws {@link UsageError} where a name has two values; the parser's own error for what is no pair.
 */
export function collectContext(text: string, before: EncryptionContext = {}): EncryptionContext {
  const added = text.trimStart().startsWith('{') ? parseJsonContext(text) : [parsePair(text)];
  for (const [name, value] of added) {
    if (Object.hasOwn(before, name) && before[name] !== value) {
      throw new UsageError(`--context gives ${JSON.stringify(name)} two values`, 'give each name one value');
    }
  }
  return { ...before, ...Object.fromEntries(added) };
}

function parsePair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InvalidArgumentError('It must be name=value, or a JSON object of strings.');
}

function parseJsonContext(text: string): [string, string][] {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return entries;
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError('It must be name=value, or a JSON object of strings.');
}

function parseSample(text: string): Sample {
  const [, share] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (share !== undefined && Number(share) > 0 && Number(share) <= 100) return { share: Number(share) / 100 };
  if (/^[1-9]\d{0,8}$/.test(text)) return { count: Number(text) };
  throw new InvalidArgumentError('It must be a share such as 1%, or a number of objects.');
}
