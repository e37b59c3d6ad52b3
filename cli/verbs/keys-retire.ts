import { isDeepStrictEqual } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RequestCounts, RequestPace } from '../../aws/index.ts';
import { disableKey } from '../../aws/disable-key.ts';
import { SealdropError } from '../../envelope/index.ts';
import { hasCode } from '../../operations/has-code.ts';
import { describeKey, type DescribedKey } from '../described-key.ts';
import { reportNote } from '../failure.ts';
import type { Io } from '../io.ts';
import { locateInBucket, placeClient } from '../located.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { parsePlace } from '../place.ts';
import { showCount } from '../sizes.ts';
import { countOf, sweep, type SweepOptions, type SweepReport } from '../sweep.ts';
import { tellRequests } from '../tell-rewrap.ts';
import { beyondASweep, tellSweep } from '../tell-sweep.ts';
import { withProgress } from '../with-progress.ts';
import { waitForRuns } from '../wait-for-runs.ts';
import { pacedKeyClient } from '../wrapping-session.ts';
import { assertUsableAsWrappingKey } from '../../aws/wrapping-key.ts';
import { examples } from './examples.ts';

interface RetireFlags extends Pick<option.CommonFlags, 'region' | 'json' | 'concurrency'> {
  readonly machine?: readonly string[];
  readonly disable?: true;
  readonly requestsPerSecond: number;
  readonly instructionFileSuffix?: readonly string[];
}

/** `sealdrop keys retire KEY PLACE...` */
export function keysRetireVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('retire')
    .description(
      'find out whether anything still needs a key, by asking KMS of every version; never deletes one',
    )
    .argument('<key>', 'an ARN, a key id or an alias')
    .argument('<place...>', 'where to look: s3://bucket/, s3://bucket/prefix/ or s3://bucket/key');
  const options = [
    new Option(
      '--machine <arn>',
      'a state machine that rewraps: its runs must end before the second sweep; repeatable',
    ).argParser(collectMachine),
    new Option('--disable', 'disable the key where nothing needs it'),
    option.requestsPerSecond(),
    option.instructionFileSuffixes(),
    option.concurrency(),
    new Option('--json', 'write the report as one line of JSON to standard output'),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb
    .addHelpText('after', help)
    .action(async (key: string, places: readonly string[], flags: RetireFlags) => {
      exitWith(await retire(key, places, flags, io));
    });
}

const help = examples([
  ['does anything need it', 'sealdrop keys retire alias/vault-2025 s3://sealed/ s3://archive/'],
  [
    'after the last scheduled run, and then disable it',
    'sealdrop keys retire alias/vault-2025 s3://sealed/ --machine arn:aws:states:eu-west-1:111122223333:stateMachine:Rewrap --disable',
  ],
]);

function collectMachine(arn: string, before: readonly string[] = []): readonly string[] {
  if (/^arn:[^:]+:states:[^:]+:\d+:stateMachine:./.test(arn)) return [...before, arn];
  throw new InvalidArgumentError('It must be the ARN of a state machine.');
}

const inS3 = 'name s3://bucket/; for local sealed files, "sealdrop inspect" tells which key wraps';

async function retire(
  key: string,
  placeTexts: readonly string[],
  flags: RetireFlags,
  io: Io,
): Promise<number> {
  const [s3, kms] = [placeClient(flags.region), pacedKeyClient(flags.region)];
  const places = placeTexts.map((text) => locateInBucket(parsePlace(text), { client: s3, hint: inS3 }));
  const [s3Requests, kmsRequests] = [new RequestCounts(s3), new RequestCounts(kms)];
  const described = await describeKey(key, kms, io.signal);
  assertAnswers(described);
  const { keyArn } = described;
  const { concurrency, requestsPerSecond, instructionFileSuffix, machine = [] } = flags;
  const pace = new RequestPace({ perSecond: requestsPerSecond });
  const looking = {
    ...{ places, s3, client: kms, keyArn, pace, concurrency, signal: io.signal },
    instructionFileSuffixes: instructionFileSuffix,
  };
  const swept = await sweepUntilSettled(looking, machine, io);
  const isFree = isClean(swept.report) && swept.isSettled;
  const isDisabled = isFree && flags.disable === true;
  if (isDisabled) await disableKey(kms, keyArn, io.signal);
  const caveats = caveatsOf(described, machine.length > 0);
  const verdict = { described, ...swept, isFree, isDisabled, caveats };
  if (flags.json === true) writeJson(io, jsonOf(verdict, placeTexts));
  else tellVerdict(io, verdict);
  tellRequests(io, s3Requests.take(), kmsRequests.take());
  return isFree ? 0 : 3;
}

/** KMS answers nothing about a key that is disabled. */
function assertAnswers({ metadata }: DescribedKey): void {
  try {
    assertUsableAsWrappingKey(metadata);
  } catch (error) {
    if (!(error instanceof SealdropError) || !hasCode(error, 'KEY_DISABLED')) throw error;
    throw new SealdropError(error.code, error.message, {
      hint: 'enable it to find out: KMS tells nothing about data keys of a key that is disabled',
    });
  }
}

/** What all sweeps came to. */
interface Swept {
  /** Of the last one. */
  readonly report: SweepReport;
  readonly sweeps: number;
  /** Whether no run that could bring an older wrapping back began while the last one was under way. */
  readonly isSettled: boolean;
}

/** A schedule may begin a run during each sweep; somebody has to stop it then. */
const mostSweeps = 5;

/** Sweeps, waits for the runs to end, and sweeps again until none began meanwhile. */
async function sweepUntilSettled(
  looking: Omit<SweepOptions, 'onVersion'>,
  machines: readonly string[],
  io: Io,
): Promise<Swept> {
  const first = await sweepOnce(looking, 'first', io);
  if (!isClean(first)) return { report: first, sweeps: 1, isSettled: true };
  let seen = await waitForRuns(machines, io);
  for (let sweeps = 2; ; sweeps += 1) {
    const report = await sweepOnce(looking, sweeps === 2 ? 'second' : 'last', io);
    if (!isClean(report)) return { report, sweeps, isSettled: true };
    const after = await waitForRuns(machines, io);
    const isSettled = isDeepStrictEqual(after, seen);
    if (isSettled || sweeps === mostSweeps) return { report, sweeps, isSettled };
    reportNote(io, 'a run began during the sweep: everything is looked at once more');
    seen = after;
  }
}

async function sweepOnce(
  looking: Omit<SweepOptions, 'onVersion'>,
  which: 'first' | 'second' | 'last',
  io: Io,
): Promise<SweepReport> {
  try {
    return await withProgress(io, (onVersion) => sweep({ ...looking, onVersion }));
  } catch (error) {
    if (!io.signal.aborted) throw error;
    throw new SealdropError('ABORTED', `interrupted in the ${which} sweep`, {
      cause: error,
      hint: 'run the same command again: it begins from the start, since half a sweep is no evidence',
    });
  }
}

function isClean(report: SweepReport): boolean {
  return looksOf(report) > 0 && countOf(report, 'needed', 'unclear', 'unseen') === 0;
}

/** Versions that are gone are no evidence. */
function looksOf(report: SweepReport): number {
  return countOf(report, 'needed', 'not-needed', 'unclear', 'unseen', 'no-data-key');
}

/** What came of it all. */
interface Verdict extends Swept {
  readonly described: DescribedKey;
  readonly isFree: boolean;
  readonly isDisabled: boolean;
  /** What the verdict says nothing of. */
  readonly caveats: readonly string[];
}

function caveatsOf({ metadata }: DescribedKey, areRunsKnown: boolean): readonly string[] {
  return [
    ...beyondASweep,
    ...(areRunsKnown
      ? []
      : ['no --machine was named: a rewrap that is still running could bring an older wrapping back']),
    ...(metadata.MultiRegion === true
      ? ['it is a multi-Region key: its replicas are enabled and disabled each by itself']
      : []),
  ];
}

function jsonOf({ described, report, ...verdict }: Verdict, places: readonly string[]): object {
  return { keyArn: described.keyArn, places, ...verdict, ...report };
}

function tellVerdict(io: Io, verdict: Verdict): void {
  const { described, report, sweeps, isFree, isDisabled, caveats } = verdict;
  const { keyArn } = described;
  tellSweep(io, report);
  if (!isFree) {
    io.stdout.write(`${obstaclesOf(verdict).join('; ')}\n`);
    return;
  }
  const looked = sweeps === 2 ? 'looked at twice' : `looked at ${showCount(sweeps, 'time')}`;
  io.stdout.write(`nothing here needs ${keyArn}: ${showCount(looksOf(report), 'version')}, ${looked}\n`);
  for (const line of caveats) reportNote(io, line);
  io.stdout.write(
    isDisabled
      ? `disabled ${keyArn}\nto enable it again: aws kms enable-key --key-id ${keyArn}\n`
      : `to disable it: aws kms disable-key --key-id ${keyArn}\n`,
  );
}

/** Why nobody may say that nothing needs the key. */
function obstaclesOf({ described: { keyArn }, report, sweeps, isSettled }: Verdict): string[] {
  const [needed, open] = [countOf(report, 'needed'), countOf(report, 'unclear', 'unseen')];
  return [
    ...(needed === 0 ? [] : [`${showCount(needed, 'version')} need${needed === 1 ? 's' : ''} ${keyArn}`]),
    ...(open === 0 ? [] : [`of ${showCount(open, 'version')} nobody can tell`]),
    ...(looksOf(report) > 0 ? [] : ['no version was looked at, and that is no evidence']),
    ...(isSettled
      ? []
      : [`runs began during each of ${sweeps} sweeps: pause what starts them, and run this again`]),
  ];
}
