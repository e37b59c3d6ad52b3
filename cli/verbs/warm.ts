import { Command, Option } from 'commander';
import { KmsKeyring, PacedKeyring, RequestPace } from '../../aws/index.ts';
import { SealdropError } from '../../envelope/index.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import { DataKeyFile } from '../../operations/data-key-file.ts';
import { reportNote } from '../failure.ts';
import { nameFilter } from '../filters.ts';
import type { Io } from '../io.ts';
import { lifetime } from '../lifetime.ts';
import { locatePlain, locateSealed, type Located } from '../located.ts';
import { assertCacheMayStand, writeCache } from '../offline.ts';
import * as option from '../options.ts';
import { assertApart, assertFilesStay } from '../overlap.ts';
import { PassedOver } from '../passed-over.ts';
import { passphraseFile, passphraseOf, type PassphraseFlags } from '../passphrase.ts';
import { parsePlace, type Place } from '../place.ts';
import { exitCodeOf, runWork } from '../run-work.ts';
import { keyOf, openPolicyOf, vaultOf } from '../session.ts';
import { showCount } from '../sizes.ts';
import { tellCounts } from '../tell-rewrap.ts';
import { assertNoFolder, wanted } from '../transfer.ts';
import { warmTasks } from '../warm-tasks.ts';
import type { WorkSummary } from '../work.ts';
import { pacedKeyClient } from '../wrapping-session.ts';
import { examples } from './examples.ts';

type WarmFlags = option.CommonFlags &
  option.KeyFlags &
  option.VaultFlags &
  option.ReaderFlags &
  PassphraseFlags & {
    readonly cache: string;
    /** In seconds. */
    readonly for: number;
    readonly overwrite?: true;
    readonly requestsPerSecond: number;
  };

/** `sealdrop warm PLACE --cache FILE --for TIME` */
export function warmVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('warm')
    .description('keep the data keys of sealed objects in a file, to open them without KMS for a stated time')
    .argument('<place>', 'what to warm: a path or s3://bucket/key; everything below it with a trailing "/"');
  const options = [
    new Option('--cache <file>', 'the file to keep the data keys in, encrypted under a passphrase')
      .argParser(option.notEmpty)
      .makeOptionMandatory(),
    new Option('--for <time>', 'for how long: 30m, 8h, 2d; from 1 minute to 7 days')
      .argParser(lifetime)
      .makeOptionMandatory(),
    passphraseFile(),
    new Option('--overwrite', 'replace the cache that stands there'),
    option.requestsPerSecond(),
    ...option.opening(),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: WarmFlags) => {
    exitWith(await warm(place, flags, io));
  });
}

const help = examples([
  [
    'what the night shift may need',
    'sealdrop warm s3://sealed/runbooks/ --cache night.keys --for 12h --key alias/vault --vault prod',
  ],
  [
    'with a passphrase from a file',
    'sealdrop warm s3://sealed/runbooks/ --cache night.keys --for 12h --passphrase-file words --key alias/vault --vault prod',
  ],
  [
    'anew, over the one of yesterday',
    'sealdrop warm s3://sealed/runbooks/ --cache night.keys --overwrite --for 12h --key alias/vault --vault prod',
  ],
]);

async function warm(text: string, flags: WarmFlags, io: Io): Promise<number> {
  const place = parsePlace(text);
  await assertNoFolder(place);
  if (place.kind !== 'stream' && !place.isTree) option.assertNoFilters(flags);
  const passedOver = new PassedOver(io, 'warm', {
    json: flags.json === true,
    isWanted: nameFilter(option.filtersOf(flags)),
  });
  const locating = { ...option.locating(flags), ...openPolicyOf(flags) };
  const source = locateSealed(place, { ...locating, onPassedOver: passedOver.note });
  const vault = vaultOf(flags);
  const keyring = pacedKeyring(flags);
  await assertCacheMayStand(flags.cache, flags.overwrite === true);
  await assertNotRead(place, source, flags);
  const file = await DataKeyFile.create(await passphraseOf(flags, io, true), {
    createdAtMilliseconds: Date.now(),
    lifetimeSeconds: flags.for,
  });
  try {
    const work = { keyring, vault, file, ...openPolicyOf(flags), signal: io.signal };
    const summary = await runWork(io, {
      ...{ verb: 'warm', concurrency: flags.concurrency, json: flags.json === true, passedOver },
      measure: 'objects',
      resumeHint: 'nothing was kept: run the same command again',
      tasks: () => warmTasks(source, { ...work, filters: option.filtersOf(flags) }),
      count: (signal) => wanted(locateSealed(place, locating), option.filtersOf(flags), signal),
      tell: () => undefined,
    });
    assertSomething(summary, passedOver.count, text);
    assertInTime(file);
    if (file.size > 0) await writeCache(flags.cache, file, flags.overwrite === true);
    if (flags.json !== true) tellCounts(io, summary, passedOver.count);
    tellKept(io, file, flags);
    return exitCodeOf(summary, passedOver.count);
  } finally {
    keyring.close();
    file.close();
  }
}

/** One call for each data key, however many objects have it, and no more in a second than the user wants. */
function pacedKeyring(flags: WarmFlags): CachingKeyring {
  const keyId = keyOf(flags);
  const keyring = new KmsKeyring({
    ...{ keyId, acceptedKeyIds: flags.acceptKey ?? [] },
    client: pacedKeyClient(flags.region),
  });
  const pace = new RequestPace({ perSecond: flags.requestsPerSecond });
  return new CachingKeyring({
    ...{ keyring: new PacedKeyring(keyring, pace), keyId },
    opening: { capacity: 1000 },
  });
}

/** @throws {@link SealdropError} OUTPUT_IS_INPUT for a cache in the place of what is warmed, or of its passphrase. */
async function assertNotRead(
  place: Place,
  source: Located,
  { cache, passphraseFile: words }: WarmFlags,
): Promise<void> {
  const destination = locatePlain(parsePlace(cache), {});
  if (place.kind === 'file') await assertApart({ source, destination });
  await assertFilesStay([words], destination);
}

/** @throws {@link SealdropError} DATA_KEY_CACHE_EXPIRED for a cache that would open nothing any more. */
function assertInTime({ header }: DataKeyFile): void {
  if (Date.now() < header.expiresAtMilliseconds) return;
  throw new SealdropError('DATA_KEY_CACHE_EXPIRED', 'the time of the cache was over before all was warmed', {
    hint: 'say a longer one (--for), or warm less',
  });
}

/** Nothing opens nothing: the name may be mistyped. */
function assertSomething({ counts }: WorkSummary, passedOver: number, place: string): void {
  if (Object.keys(counts).length + passedOver > 0) return;
  throw new SealdropError('OBJECT_NOT_FOUND', `there is nothing to warm at ${place}`);
}

function tellKept(io: Io, { size, header }: DataKeyFile, { cache }: WarmFlags): void {
  const until = new Date(header.expiresAtMilliseconds).toISOString();
  reportNote(
    io,
    size === 0
      ? `${cache} was not written: there is no data key to keep`
      : `${cache} holds ${showCount(size, 'data key')} until ${until}`,
  );
}
