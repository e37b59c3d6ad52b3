import { Option } from 'commander';
import { suiteForSealing, type CommitmentPolicy, type Keyring } from '../envelope/index.ts';
import type { CachingKeyringCounts } from '../operations/caching-keyring.ts';
import { sealingCacheMost } from '../operations/sealing-cache-most.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import { byteSize, wholeNumber, type VaultFlags } from './options.ts';
import { UsageError } from './usage-error.ts';

/** The options that say how far data keys are shared between the objects of one run. */
export interface CacheFlags {
  /** False with `--no-cache`. */
  readonly cache?: boolean;
  readonly cacheMaxAge?: number;
  readonly cacheMaxMessages?: number;
  readonly cacheMaxBytes?: number;
}

/** The options of whoever opens. */
export function openingCache(): Option[] {
  return [
    new Option(
      '--cache-max-age <seconds>',
      'for how long a data key is held in memory (default: 60)',
    ).argParser(
      limit(
        '--cache-max-age',
        wholeNumber(1, sealingCacheMost.maxAgeSeconds),
        'a day is the longest: take fewer seconds',
      ),
    ),
    new Option('--no-cache', 'ask KMS for the data key of each object, and hold none'),
  ];
}

/** The options of whoever seals. */
export function sealingCache(): Option[] {
  return [
    ...openingCache(),
    new Option(
      '--cache-max-messages <n>',
      'how many objects one data key seals, with --bind vault or none (default: 1000)',
    ).argParser(
      limit(
        '--cache-max-messages',
        wholeNumber(1, sealingCacheMost.maxMessages),
        'message ids could meet under a data key of more than 4294967296 objects: take fewer',
      ),
    ),
    new Option(
      '--cache-max-bytes <size>',
      'how much plaintext one data key seals, with --bind vault or none (default: 64GiB)',
    ).argParser(
      limit('--cache-max-bytes', byteSize(1, sealingCacheMost.maxBytes), 'take a length such as 16GiB'),
    ),
  ];
}

/**
 * Checks options that the parser takes one by one.
 *
 * @throws {@link UsageError} for limits of a cache that there is not to be.
 */
export function assertCacheFlags(flags: CacheFlags): void {
  const [limiting] = namesOfLimits(flags);
  if (flags.cache !== false || limiting === undefined) return;
  throw new UsageError(`${limiting} limits a cache, and --no-cache wants none`, 'leave one of them out');
}

/**
 * Checks that nobody limits the sharing of what is opened without KMS.
 *
 * @param by - the option that names what opens it
 * @throws {@link UsageError}
 */
export function assertNothingCached({ cache, cacheMaxAge }: CacheFlags, by: string): void {
  if (cache !== false && cacheMaxAge === undefined) return;
  throw new UsageError(
    `--cache-max-age and --no-cache are for what KMS opens, and ${by} asks it for nothing`,
    'leave them out',
  );
}

/** A note for whoever limits the sharing of data keys where none can be shared. */
export function noteUnsharedKeys(
  io: Pick<Io, 'stderr'>,
  flags: CacheFlags & Pick<VaultFlags, 'bind'> & { readonly commitmentPolicy: CommitmentPolicy },
): void {
  const [limiting] = namesOfLimits(flags);
  if (limiting === undefined) return;
  if (flags.bind === 'object') {
    reportNote(
      io,
      `${limiting} changes nothing: with --bind object each object has a data key of its own; --bind vault shares them`,
    );
  } else if (!suiteForSealing(flags.commitmentPolicy).isCommitting) {
    reportNote(
      io,
      `${limiting} changes nothing: with ${flags.commitmentPolicy} each object has a data key of its own`,
    );
  }
}

/** How many calls of KMS the cache saved, where it saved some or somebody set its limits. */
export function tellKmsCalls(
  io: Pick<Io, 'stderr'>,
  { counts }: Pick<Keyring, 'decryptDataKey'> & { readonly counts?: CachingKeyringCounts },
  flags: CacheFlags,
): void {
  if (counts === undefined) return;
  const [made, saved] = [counts.sealMisses + counts.openMisses, counts.sealHits + counts.openHits];
  if (saved === 0 && flags.cache !== false && namesOfLimits(flags).length === 0) return;
  const [shownMade, shownSaved] = [made, saved].map((count) => count.toLocaleString('en-US'));
  reportNote(io, `KMS calls for data keys: ${shownMade ?? ''} made, ${shownSaved ?? ''} saved`);
}

function namesOfLimits({ cacheMaxAge, cacheMaxMessages, cacheMaxBytes }: CacheFlags): string[] {
  return [
    ...(cacheMaxAge === undefined ? [] : ['--cache-max-age']),
    ...(cacheMaxMessages === undefined ? [] : ['--cache-max-messages']),
    ...(cacheMaxBytes === undefined ? [] : ['--cache-max-bytes']),
  ];
}

/** A limit of none is none at all: that has an option of its own. */
function limit(name: string, parse: (text: string) => number, hint: string): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const isNone = /^0+ ?[A-Za-z]*$/.test(text);
      const what = `${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1)}`.replace(/\.$/, '');
      throw new UsageError(
        `${name} ${JSON.stringify(text)} is out of its range: ${what}`,
        isNone ? 'to share no data keys at all, leave it out and add --no-cache' : hint,
      );
    }
  };
}
