import { Command, Option } from 'commander';
import { sealedLengthBytes } from '../../envelope/index.ts';
import type { ListedObject, WriteCondition } from '../../operations/object-store.ts';
import { openToStore, type OpenOptions } from '../../operations/open-object.ts';
import { conditionNow } from '../../operations/write-condition.ts';
import { openToOutput, type OutputFlags } from '../open-to-output.ts';
import type { Io } from '../io.ts';
import { locatePlain, locateSealed, type Located } from '../located.ts';
import { metered } from '../metered-store.ts';
import * as option from '../options.ts';
import { parsePlace } from '../place.ts';
import { exitCodeOf, runWork, tellSummary } from '../run-work.ts';
import { openKeyring, openPolicyOf, vaultOf } from '../session.ts';
import { tellMove } from '../tell-move.ts';
import { assertTransfer, moves, wanted, type Move, type Transfer } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import type { Result, Task } from '../work.ts';
import { examples } from './examples.ts';

type OpenFlags = option.CommonFlags &
  option.KeyFlags &
  option.VaultFlags &
  option.TransferFlags &
  option.ReaderFlags &
  OutputFlags;

/** `sealdrop open FROM TO` */
export function openVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('open')
    .description('decrypt sealed objects; nothing is written before it was verified')
    .argument('<from>', 'what to open: a path or s3://bucket/key; everything below it with a trailing "/"')
    .argument('<to>', 'where the plaintext goes: a path, s3://bucket/key, or "-" for standard output');
  const options = [
    option.key(),
    option.acceptKey(),
    ...option.vault(),
    ...option.reader(),
    option.objectKey(),
    ...option.filters(),
    ...option.transfer(),
    option.bufferLimit(),
    new Option('--delayed-auth', 'write to standard output what is not verified yet; check the exit code'),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (from: string, to: string, flags: OpenFlags) => {
    exitWith(await open(from, to, flags, io));
  });
}

const help = examples([
  ['one object', 'sealdrop open s3://sealed/2026/report.pdf report.pdf --key alias/vault --vault prod'],
  ['a tree', 'sealdrop open s3://sealed/invoices/ invoices/ --key alias/vault --vault prod'],
  ['to another program', 'sealdrop open s3://sealed/shop.sql - --key alias/vault --vault prod | psql shop'],
  ['a local sealed file', 'sealdrop open out/report.pdf report.pdf --key alias/vault --vault prod'],
]);

async function open(fromText: string, toText: string, flags: OpenFlags, io: Io): Promise<number> {
  const from = parsePlace(fromText);
  const to = parsePlace(toText);
  await assertTransfer(from, to);
  if (to.kind !== 'stream' && flags.delayedAuth === true) {
    throw new UsageError(
      '--delayed-auth is for standard output',
      'leave it out: files come to be once verified',
    );
  }
  const vault = vaultOf(flags);
  const locating = option.locating(flags);
  const source = locateSealed(from, { ...locating, ...openPolicyOf(flags) });
  const keyring = openKeyring(flags);
  const options = { store: source.store, keyring, vault, signal: io.signal, ...openPolicyOf(flags) };
  try {
    if (to.kind === 'stream') {
      await openToOutput(source, options, flags, io);
      return 0;
    }
    const destination = locatePlain(to, { ...locating, mayBeMissing: true });
    const transfer = { source, destination };
    const summary = await runWork(io, {
      ...{ verb: 'open', concurrency: flags.concurrency, json: flags.json === true },
      tasks: (onBytes) => openTasks(transfer, flags, options, io.signal, onBytes),
      count: () => wanted(source, option.filtersOf(flags), io.signal),
      tell: tellMove(io, source.isTree),
    });
    if (source.isTree && flags.json !== true) tellSummary(io, summary, 0);
    return exitCodeOf(summary);
  } finally {
    keyring.close();
  }
}

async function* openTasks(
  transfer: Transfer,
  flags: OpenFlags,
  options: OpenOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Task> {
  const { source, destination } = transfer;
  const opening = { ...options, store: metered(source.store, onBytes) };
  for await (const move of moves(transfer, option.filtersOf(flags), signal)) {
    yield {
      from: source.show(move.from.key),
      to: destination.show(move.to.key),
      run: () => openOne(move, destination, opening, flags),
    };
  }
}

async function openOne(
  { from, to, listed }: Move,
  destination: Located,
  options: OpenOptions,
  flags: OpenFlags,
): Promise<Result> {
  const { store } = destination;
  const standing = listed?.standing;
  if (listed !== undefined && standing !== undefined && isCurrent(listed.source, standing)) {
    return { status: 'current', contentLengthBytes: standing.lengthBytes };
  }
  const isAbsent = listed !== undefined && standing === undefined;
  const condition: WriteCondition = isAbsent
    ? { absent: true }
    : await conditionNow(store, to, flags.overwrite === true, options.signal);
  if (flags.dryRun === true) return { status: 'planned' };
  const withTags = destination.bucket !== '';
  const { contentLengthBytes } = await openToStore(from, to, { ...options, to: store, condition, withTags });
  return { status: 'opened', contentLengthBytes };
}

/** As `aws s3 sync` has it: the same length, and written no earlier than what it was opened from. */
function isCurrent(sealed: ListedObject, standing: ListedObject): boolean {
  if (sealed.lastModified === undefined || standing.lastModified === undefined) return false;
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
  const isNewer = seconds(standing.lastModified) >= seconds(sealed.lastModified);
  return isNewer && sealed.lengthBytes === sealedLengthBytes(standing.lengthBytes);
}
