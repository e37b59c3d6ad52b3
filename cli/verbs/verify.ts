import { Command, Option } from 'commander';
import type { ListedObject, ObjectAddress } from '../../operations/object-store.ts';
import { SealdropError } from '../../envelope/index.ts';
import { sampled, type Sample } from '../../operations/sample.ts';
import { isShareError } from '../../operations/standing-share.ts';
import { verifyObject, type VerifyOptions } from '../../operations/verify-object.ts';
import { openingCache, tellKmsCalls, type CacheFlags } from '../cache-options.ts';
import { nameFilter } from '../filters.ts';
import type { Io } from '../io.ts';
import { locateSealed, type Located } from '../located.ts';
import { metered } from '../metered-store.ts';
import * as option from '../options.ts';
import type { OutputLine } from '../output-line.ts';
import { PassedOver } from '../passed-over.ts';
import { parsePlace } from '../place.ts';
import { printable } from '../printable.ts';
import { exitCodeOf, runWork } from '../run-work.ts';
import { openReadingKeyring, readingVaultOf, type ReadingKeyFlags } from '../reading-keyring.ts';
import { openPolicyOf } from '../session.ts';
import { showCount } from '../sizes.ts';
import { assertNoFolder, wanted } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import type { Result, Task, WorkSummary } from '../work.ts';
import { rsaPrivateKey } from '../share-options.ts';
import { examples } from './examples.ts';

type VerifyFlags = option.CommonFlags &
  ReadingKeyFlags &
  option.VaultFlags &
  option.ReaderFlags &
  CacheFlags & { readonly sample?: Sample; readonly deep?: true; readonly repair?: true };

/** `sealdrop verify PLACE` */
export function verifyVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('verify')
    .description('check that sealed objects are whole and bound as expected; exit code 3 where one is not')
    .argument('<place>', 'what to check: a path or s3://bucket/key; everything below it with a trailing "/"');
  const options = [
    new Option('--deep', 'open every object to its last byte, without keeping one'),
    new Option('--repair', 'with --deep: put back the version of an instruction file that opens its object'),
    option.sample(),
    rsaPrivateKey(),
    ...option.opening(),
    ...openingCache(),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: VerifyFlags) => {
    exitWith(await verify(place, flags, io));
  });
}

const help = examples([
  ['all envelopes of a bucket, without a key', 'sealdrop verify s3://sealed/ --vault prod'],
  ['a sample, opened', 'sealdrop verify s3://sealed/ --deep --sample 1% --key alias/vault --vault prod'],
]);

async function verify(text: string, flags: VerifyFlags, io: Io): Promise<number> {
  if (flags.repair === true && flags.deep !== true) {
    throw new UsageError(
      '--repair works with --deep alone',
      'add --deep: what opens an object is found by opening it',
    );
  }
  const place = parsePlace(text);
  await assertNoFolder(place);
  if (place.kind !== 'stream' && !place.isTree) option.assertNoFilters(flags);
  const passedOver = new PassedOver(io, 'verify', {
    json: flags.json === true,
    isWanted: nameFilter(option.filtersOf(flags)),
  });
  const policy = openPolicyOf(flags);
  const sealedPlace = { ...option.locating(flags), ...policy };
  const source = locateSealed(place, { ...sealedPlace, onPassedOver: passedOver.note });
  const vault = readingVaultOf(flags);
  const keyring = flags.deep === true ? await openReadingKeyring(flags) : undefined;
  const options: VerifyOptions = {
    ...{ store: source.store, vault, signal: io.signal, repair: flags.repair === true },
    ...(keyring === undefined ? {} : { keyring }),
    ...policy,
  };
  try {
    const objects = (): AsyncIterable<ObjectAddress> => objectsOf(source, flags, io.signal);
    const count = (signal: AbortSignal): AsyncIterable<ListedObject> =>
      wanted(locateSealed(place, sealedPlace), option.filtersOf(flags), signal);
    const summary = await runWork(io, {
      ...{ verb: 'verify', concurrency: flags.concurrency, json: flags.json === true, passedOver },
      tasks: (onBytes) =>
        verifyTasks(objects(), source, { ...options, store: metered(source.store, onBytes) }),
      ...(isWholeRead(flags) ? { count } : {}),
      tell: tellFinding(io),
    });
    if (flags.json !== true) tellVerdict(io, summary, passedOver.count);
    if (keyring !== undefined && source.isTree) tellKmsCalls(io, keyring, flags);
    if (flags.sample === undefined) assertSomething(summary, passedOver.count, text);
    return verdictCodeOf(summary, passedOver.count);
  } finally {
    keyring?.close();
  }
}

/** Whether each byte that is listed will be read: then it can be told how much is left. */
function isWholeRead({ deep, sample }: VerifyFlags): boolean {
  return deep === true && sample === undefined;
}

async function* objectsOf(
  source: Located,
  flags: VerifyFlags,
  signal: AbortSignal,
): AsyncGenerator<ObjectAddress> {
  const { bucket, key, isTree } = source;
  if (!isTree) {
    yield { bucket, key };
    return;
  }
  const listed = wanted(source, option.filtersOf(flags), signal);
  const chosen = flags.sample === undefined ? listed : sampled(listed, flags.sample);
  for await (const object of chosen) yield { bucket, key: object.key };
}

async function* verifyTasks(
  objects: AsyncIterable<ObjectAddress>,
  { show, isTree }: Located,
  options: VerifyOptions,
): AsyncGenerator<Task> {
  for await (const address of objects) {
    const run = async (): Promise<Result> => {
      const verdict = await verifyObject(address, options);
      if (!isTree || verdict.status !== 'finding') return verdict;
      return (await isShareError(verdict.error, address, options)) ? { status: 'not-sealed' } : verdict;
    };
    yield { from: show(address.key), run };
  }
}

function tellFinding({ stdout }: Io): (line: OutputLine) => void {
  return ({ from, status, error }) => {
    if (status === 'repaired') stdout.write(`${printable(`repaired: ${from}`)}\n`);
    if (error !== undefined)
      stdout.write(`${printable(`finding: ${from}: ${error.message} (${error.code})`)}\n`);
  };
}

function tellVerdict({ stdout }: Io, { counts }: WorkSummary, passedOver: number): void {
  const { sound = 0, repaired = 0, finding = 0, failed = 0, 'not-sealed': files = 0 } = counts;
  const missed = failed + passedOver;
  const parts = [
    `${showCount(sound + repaired + finding, 'object')} verified`,
    showCount(finding, 'finding'),
    ...(repaired === 0 ? [] : [`${repaired} repaired`]),
    ...(files === 0 ? [] : [`${showCount(files, 'instruction file')} passed over`]),
    ...(missed === 0 ? [] : [`${missed} could not be looked at`]),
  ];
  stdout.write(`${parts.join(', ')}\n`);
}

/** Nothing is no proof: the name may be mistyped. */
function assertSomething({ counts }: WorkSummary, passedOver: number, place: string): void {
  if (Object.keys(counts).length + passedOver > 0) return;
  throw new SealdropError('OBJECT_NOT_FOUND', `there is nothing to verify at ${place}`);
}

/** What was found counts for more than what could not be looked at. */
function verdictCodeOf(summary: WorkSummary, passedOver: number): number {
  return (summary.counts.finding ?? 0) > 0 ? 3 : exitCodeOf(summary, passedOver);
}
