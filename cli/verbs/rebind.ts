import { Command, Option } from 'commander';
import { RequestCounts } from '../../aws/index.ts';
import { readVersioning } from '../../aws/bucket-settings.ts';
import { bindings, type Binding } from '../../envelope/index.ts';
import { sourceWouldGo } from '../../operations/move-object.ts';
import type { Vault } from '../../operations/vault.ts';
import type { Io } from '../io.ts';
import { locateInBucket, placeClient, type PlaceClient } from '../located.ts';
import * as option from '../options.ts';
import { assertApart } from '../overlap.ts';
import { parsePlace } from '../place.ts';
import { rebindTasks, type BucketTransfer } from '../rebind-tasks.ts';
import { exitCodeOf, runWork } from '../run-work.ts';
import { vaultOf } from '../session.ts';
import { tellCounts, tellRequests } from '../tell-rewrap.ts';
import { tellMove } from '../tell-move.ts';
import { assertTransfer, destinationOfOne } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import { openWrapping, pacedKeyClient, type WrappingFlags } from '../wrapping-session.ts';
import { examples } from './examples.ts';

type RebindFlags = option.CommonFlags &
  WrappingFlags &
  option.VaultFlags & {
    readonly move?: true;
    readonly toVault?: string;
    readonly toBind?: Binding;
    readonly overwrite?: true;
    readonly dryRun?: true;
  };

/** `sealdrop rebind FROM TO` */
export function rebindVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('rebind')
    .description('copy or move sealed objects inside S3, bound to their new place; no content is read')
    .argument('<from>', 'what to rebind: s3://bucket/key; everything below it with a trailing "/"')
    .argument('<to>', 'where it goes: s3://bucket/key');
  const options = [
    new Option('--move', 'hide the source behind a delete marker afterwards; its version stays'),
    new Option('--to-vault <id>', 'the vault that it is bound to from now on (default: the same)'),
    new Option('--to-bind <binding>', 'what it is bound to from now on (default: the same)').choices(
      bindings,
    ),
    option.toKey(),
    new Option('--overwrite', 'replace what stands in the place of the copy'),
    new Option('--dry-run', 'tell what would be done, and do nothing'),
    option.requestsPerSecond(),
    ...[option.key(), option.acceptKey(), ...option.vault(), ...option.filters()],
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (from: string, to: string, flags: RebindFlags) => {
    exitWith(await rebind(from, to, flags, io));
  });
}

const help = examples([
  [
    'rename an object',
    'sealdrop rebind s3://sealed/draft.pdf s3://sealed/final.pdf --move --key alias/vault --vault prod',
  ],
  [
    'a tree to another vault, under another key',
    'sealdrop rebind s3://sealed/2026/ s3://archive/2026/ --to-vault archive --to-key alias/archive --key alias/vault --vault prod',
  ],
]);

const bothInS3 = 'name s3://bucket/key twice; what is or goes elsewhere has to be opened and sealed again';

async function rebind(fromText: string, toText: string, flags: RebindFlags, io: Io): Promise<number> {
  const [from, to] = [parsePlace(fromText), parsePlace(toText)];
  const [s3, kms] = [placeClient(flags.region), pacedKeyClient(flags.region)];
  const [source, destination] = [from, to].map((place) =>
    locateInBucket(place, { client: s3, hint: bothInS3 }),
  );
  if (source === undefined || destination === undefined) throw new TypeError('a place is missing');
  await assertTransfer(from, to);
  if (!source.isTree) option.assertNoFilters(flags);
  const vault = vaultOf(flags);
  const newVault = newVaultOf(vault, flags);
  const transfer = { source, destination };
  if (!isInPlace(transfer)) await assertApart(transfer);
  else assertMayBeInPlace(flags);
  const [s3Requests, kmsRequests] = [new RequestCounts(s3), new RequestCounts(kms)];
  const session = await openWrapping(flags, kms, io.signal);
  if (flags.move === true) await assertKeepsVersions(transfer, s3, io.signal);
  const summary = await runWork(io, {
    ...{ verb: 'rebind', concurrency: flags.concurrency, json: flags.json === true, measure: 'objects' },
    tasks: () =>
      rebindTasks(transfer, {
        ...{ session, vault, newVault, filters: option.filtersOf(flags), signal: io.signal },
        ...{
          overwrite: flags.overwrite === true,
          isMove: flags.move === true,
          dryRun: flags.dryRun === true,
        },
      }),
    tell: tellMove(io, source.isTree),
  });
  if (source.isTree && flags.json !== true) tellCounts(io, summary, 0);
  tellRequests(io, s3Requests.take(), kmsRequests.take());
  return exitCodeOf(summary);
}

/** @throws {@link UsageError} where the new binding needs a vault. */
function newVaultOf(vault: Vault, { toVault, toBind }: RebindFlags): Vault {
  return vaultOf({
    vault: toVault ?? vault.vaultId,
    bind: toBind ?? vault.binding,
    context: vault.extraContext ?? {},
  });
}

function isInPlace({ source, destination }: BucketTransfer): boolean {
  const key = source.isTree ? destination.key : destinationOfOne({ source, destination });
  return source.bucket === destination.bucket && source.key === key;
}

/** In its own place, an object can only be bound to something else. */
function assertMayBeInPlace({ move, overwrite, toVault, toBind }: RebindFlags): void {
  if (move === true)
    throw new UsageError('--move leads to where the object is', 'leave it out, or name another place');
  if (toVault === undefined && toBind === undefined) {
    throw new UsageError(
      'both places are the same, and nothing about the binding changes',
      'name another place, --to-vault or --to-bind; "rewrap" moves data keys to newer material',
    );
  }
  if (overwrite !== true) {
    throw new UsageError(
      'both places are the same',
      'say that what stands there may be replaced: --overwrite',
    );
  }
}

/** @throws {@link SealdropError} BUCKET_NOT_VERSIONED where hiding would be destroying. */
async function assertKeepsVersions(
  { source: { bucket, show, key } }: BucketTransfer,
  client: PlaceClient,
  signal: AbortSignal,
): Promise<void> {
  const versioning = await readVersioning(client, bucket, signal);
  // Where it may not be read, each object is asked.
  if (versioning === 'off' || versioning === 'suspended') throw sourceWouldGo(show(key));
}
