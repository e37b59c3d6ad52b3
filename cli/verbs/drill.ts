import { Command, Option } from 'commander';
import { assertInRegion } from '../../aws/bucket-region.ts';
import {
  createKmsClient,
  createS3Client,
  drill,
  isDrillPassed,
  KmsKeyring,
  RegionGuard,
  S3ObjectStore,
  type DrillReport,
  type Sample,
} from '../../aws/index.ts';
import { listChanges } from '../../aws/list-versions.ts';
import { SealdropError } from '../../envelope/index.ts';
import { measureRecoveryPoint } from '../../operations/recovery-point.ts';
import { parseDuration } from '../duration.ts';
import type { Io } from '../io.ts';
import { placeClient } from '../located.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { parsePlace, showPlace, type Place } from '../place.ts';
import { keyOf, openPolicyOf, vaultOf } from '../session.ts';
import { tellDrill, type DrillRecoveryPoint } from '../tell-drill.ts';
import { UsageError } from '../usage-error.ts';
import { examples } from './examples.ts';

type DrillFlags = Pick<option.CommonFlags, 'region' | 'json' | 'concurrency'> &
  option.KeyFlags &
  option.VaultFlags &
  option.ReaderFlags & { readonly sample: Sample; readonly source?: string; readonly maxLag?: number };

/** A place in S3 that holds many objects. */
type Tree = Place & { readonly kind: 's3' };

/** `sealdrop drill PLACE` */
export function drillVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('drill')
    .description(
      'open a sample of a replica in its own Region alone, and tell recovery point and time; exit code 3 where it fails',
    )
    .argument('<place>', 'the replica: s3://bucket/, or s3://bucket/prefix/');
  const options = [
    option.sample().default({ count: 100 }, '100'),
    new Option(
      '--source <place>',
      'the bucket that is replicated, in another Region: it is listed, to tell what is behind',
    ),
    new Option('--max-lag <time>', 'how far the replica may be behind: 90s, 15m, 2h, 1d').argParser(
      parseDuration,
    ),
    option.key(),
    option.acceptKey(),
    ...option.vault(),
    ...option.reader(),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: DrillFlags) => {
    exitWith(await runDrill(place, flags, io));
  });
}

const help = examples([
  ['a hundred objects', 'sealdrop drill s3://replica/ --region eu-central-1 --key KEY_ARN --vault prod'],
  [
    'and how far they are behind',
    'sealdrop drill s3://replica/ --region eu-central-1 --key KEY_ARN --vault prod --source s3://sealed/ --max-lag 15m',
  ],
]);

async function runDrill(text: string, flags: DrillFlags, io: Io): Promise<number> {
  const place = treeOf(text);
  const source = flags.source === undefined ? undefined : sourceOf(flags.source, place);
  const keyId = keyOf(flags);
  const vault = vaultOf(flags);
  const config = flags.region === undefined ? {} : { region: flags.region };
  const [s3, kms] = [createS3Client(config), createKmsClient(config)];
  const region = await regionOf(() => kms.config.region());
  const guard = new RegionGuard(region, s3, kms);
  await assertInRegion(s3, place.bucket, io.signal);
  const behind = source && (await behindSource(source, place, s3, flags.region, io));
  const report = await drill({
    ...openPolicyOf(flags),
    store: new S3ObjectStore({ client: s3 }),
    keyring: new KmsKeyring({ keyId, acceptedKeyIds: flags.acceptKey ?? [], client: kms }),
    ...{ vault, bucket: place.bucket, prefix: place.key, sample: flags.sample },
    ...{ concurrency: flags.concurrency, signal: io.signal },
  });
  if (io.signal.aborted) {
    throw new SealdropError('ABORTED', 'interrupted', { hint: 'nothing was written: run it again' });
  }
  assertSomething(report, text);
  const recoveryPoint = behind ?? newestReplica(report);
  const isPassed = isDrillPassed(report) && isRecentEnough(recoveryPoint, flags.maxLag);
  const line = {
    ...{ verb: 'drill' as const, place: text, region, isPassed, ...report },
    ...(recoveryPoint === undefined ? {} : { recoveryPoint }),
    calls: guard.calls(),
  };
  if (flags.json === true) writeJson(io, line);
  else tellDrill(io, line);
  return isPassed ? 0 : 3;
}

function treeOf(text: string): Tree {
  const place = parsePlace(text);
  if (place.kind === 's3' && place.isTree) return place;
  throw new UsageError(
    `"${showPlace(place)}" is no replica`,
    'name a bucket, or a prefix with a trailing "/"',
  );
}

/** Replication keeps the keys: what is compared has one prefix on both sides. */
function sourceOf(text: string, { bucket, key }: Tree): Tree {
  const source = treeOf(text);
  if (source.bucket === bucket) {
    throw new UsageError(`"${text}" is the replica itself`, 'name the bucket that is replicated to it');
  }
  if (source.key === '' || source.key === key) return { ...source, key };
  throw new UsageError(
    `"${text}" has another prefix than the replica`,
    'replicas have the keys of their sources: name the bucket alone',
  );
}

/** @throws {@link SealdropError} REGION_MISSING */
async function regionOf(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    throw new SealdropError('REGION_MISSING', 'no Region was named', { cause: error });
  }
}

async function behindSource(
  source: Tree,
  { bucket, key }: Tree,
  s3: ReturnType<typeof createS3Client>,
  region: string | undefined,
  { signal }: Io,
): Promise<DrillRecoveryPoint> {
  // Its Region is another one: whatever it tells is no part of the drill.
  const elsewhere = placeClient(region);
  const point = await measureRecoveryPoint(
    listChanges(elsewhere, source.bucket, key, signal),
    listChanges(s3, bucket, key, signal),
    Date.now(),
  );
  return { basis: 'source', ...point };
}

function newestReplica({ newestAgeSeconds: seconds }: DrillReport): DrillRecoveryPoint | undefined {
  return seconds === undefined ? undefined : { basis: 'newest-replica', seconds };
}

/** What is not known is not recent enough. */
function isRecentEnough(point: DrillRecoveryPoint | undefined, maxLagSeconds = Infinity): boolean {
  return (point?.seconds ?? Infinity) <= maxLagSeconds;
}

/** Nothing is no proof: the name may be mistyped. */
function assertSomething({ objects }: DrillReport, place: string): void {
  if (objects > 0) return;
  throw new SealdropError('OBJECT_NOT_FOUND', `there is nothing to open at ${place}`);
}
