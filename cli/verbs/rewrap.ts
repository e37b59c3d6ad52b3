import { Command, Option } from 'commander';
import { RequestCounts } from '../../aws/index.ts';
import { RewrapTally } from '../../operations/rewrap-work.ts';
import { nameFilter } from '../filters.ts';
import type { Io } from '../io.ts';
import { locateSealed, placeClient } from '../located.ts';
import * as option from '../options.ts';
import { PassedOver } from '../passed-over.ts';
import { parsePlace } from '../place.ts';
import { bucketFacts, planFromListing, planOf, type PlanOptions } from '../rewrap-plan.ts';
import { rewrapTasks } from '../rewrap-tasks.ts';
import { exitCodeOf, runWork, type Run } from '../run-work.ts';
import { openPolicyOf, vaultOf } from '../session.ts';
import { tellFacts, tellPlan } from '../tell-plan.ts';
import { tellCounts, tellRequests, tellRewrap } from '../tell-rewrap.ts';
import { withProgress } from '../with-progress.ts';
import { assertNoFolder } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import { openWrapping, pacedKeyClient, type WrappingFlags } from '../wrapping-session.ts';
import { examples } from './examples.ts';

type RewrapFlags = option.CommonFlags &
  WrappingFlags &
  option.VaultFlags &
  option.ReaderFlags & { readonly reseal?: true; readonly dryRun?: true };

/** `sealdrop rewrap PLACE` */
export function rewrapVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('rewrap')
    .description("move data keys to the wrapping key's newest material, without reading the content")
    .argument(
      '<place>',
      'what to rewrap: a path or s3://bucket/key; everything below it with a trailing "/"',
    );
  const options = [
    option.toKey(),
    new Option(
      '--reseal',
      'seal the content anew under new data keys: for data keys that somebody may have seen',
    ),
    new Option('--dry-run', 'look at every object and tell what would be done; do nothing'),
    option.requestsPerSecond(),
    ...option.opening(),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: RewrapFlags) => {
    exitWith(await rewrap(place, flags, io));
  });
}

const help = examples([
  ['what it would take', 'sealdrop rewrap s3://sealed/ --key alias/vault --vault prod --dry-run'],
  [
    'after a rotation of the key; once more to go on',
    'sealdrop rewrap s3://sealed/ --key alias/vault --vault prod',
  ],
  ['to another key', 'sealdrop rewrap s3://sealed/ --key alias/vault --to-key alias/vault-2027 --vault prod'],
  ['after a data key was seen', 'sealdrop rewrap s3://sealed/2026/ --reseal --key alias/vault --vault prod'],
]);

async function rewrap(text: string, flags: RewrapFlags, io: Io): Promise<number> {
  assertFitsMethod(flags);
  const place = parsePlace(text);
  await assertNoFolder(place);
  if (place.kind !== 'stream' && !place.isTree) option.assertNoFilters(flags);
  const vault = vaultOf(flags);
  const [s3, kms] = [placeClient(flags.region), pacedKeyClient(flags.region)];
  const [s3Requests, kmsRequests] = [new RequestCounts(s3), new RequestCounts(kms)];
  const passedOver = new PassedOver(io, 'rewrap', {
    json: flags.json === true,
    isWanted: nameFilter(option.filtersOf(flags)),
  });
  const locating = { ...option.locating(flags), ...openPolicyOf(flags), client: s3 };
  const source = locateSealed(place, { ...locating, onPassedOver: passedOver.note });
  const session = await openWrapping(flags, kms, io.signal);
  const planning: PlanOptions = {
    method: flags.reseal === true ? 'reseal' : 'rewrap',
    filters: option.filtersOf(flags),
    ...{ requestsPerSecond: flags.requestsPerSecond, keysAsked: session.keysAsked, signal: io.signal },
  };
  const listed = locateSealed(place, locating);
  const most = await withProgress(io, (onObject) => planFromListing(listed, planning, onObject));
  tellPlan(io, most, 'at most', flags.requestsPerSecond);
  const facts = await withProgress(io, (onVersion) =>
    bucketFacts(listed, s3, { countsNoncurrent: flags.dryRun === true, onVersion, signal: io.signal }),
  );
  tellFacts(io, facts, most);
  const tally = new RewrapTally();
  const work = { ...openPolicyOf(flags), ...planning, session, vault, dryRun: flags.dryRun === true, tally };
  const summary = await runWork(io, {
    ...runOf(flags, io),
    ...{ passedOver, totals: most },
    tasks: (onBytes) => rewrapTasks(source, work, onBytes),
  });
  if (flags.dryRun === true) {
    const exact = planOf(source, tally, most.s3.lists, planning);
    tellPlan(io, exact, 'exactly', flags.requestsPerSecond);
  }
  if (flags.json !== true) tellCounts(io, summary, passedOver.count);
  tellRequests(io, s3Requests.take(), kmsRequests.take());
  return exitCodeOf(summary, passedOver.count);
}

/** How a run shows its progress, and how it tells what came of each object. */
function runOf(flags: RewrapFlags, io: Io): Omit<Run, 'tasks'> {
  const [isResealing, isPlan] = [flags.reseal === true, flags.dryRun === true];
  return {
    ...{ verb: 'rewrap', concurrency: flags.concurrency, json: flags.json === true },
    measure: isResealing && !isPlan ? 'bytes' : 'objects',
    tell: tellRewrap(io, { isPlan, verb: isResealing ? 'reseal' : 'rewrap' }),
    ...(isResealing && !isPlan ? { resumeHint: resealHint } : {}),
  };
}

const resealHint =
  'what is done is sealed anew, and the same command does it once more: leave it out with --exclude';

/** @throws {@link UsageError} */
function assertFitsMethod({ reseal, instructionFileSuffix }: RewrapFlags): void {
  if (reseal !== true || instructionFileSuffix === undefined) return;
  throw new UsageError(
    '--reseal does not know instruction files of another suffix',
    'leave out --instruction-file-suffix, or open the objects and seal them again',
  );
}
