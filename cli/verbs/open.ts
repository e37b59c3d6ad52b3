import { Command, Option } from 'commander';
import { inspectObject } from '../../operations/inspect-object.ts';
import { isShareError } from '../../operations/standing-share.ts';
import type { ObjectAddress, WriteCondition } from '../../operations/object-store.ts';
import type { OfflineKeyring } from '../../operations/offline-keyring.ts';
import { openToStore, type OpenOptions } from '../../operations/open-object.ts';
import { retryWhileChanged } from '../../operations/retry-while-changed.ts';
import { conditionNow } from '../../operations/write-condition.ts';
import { openToOutput, type OutputFlags } from '../open-to-output.ts';
import { assertNothingCached, openingCache, tellKmsCalls, type CacheFlags } from '../cache-options.ts';
import { nameFilter } from '../filters.ts';
import type { Io } from '../io.ts';
import { locatePlain, locateSealed, type Located } from '../located.ts';
import { metered } from '../metered-store.ts';
import { namedWhereNotCached, openOffline } from '../offline.ts';
import { passphraseFile, type PassphraseFlags } from '../passphrase.ts';
import * as option from '../options.ts';
import { assertApart, assertFilesStay } from '../overlap.ts';
import { PassedOver } from '../passed-over.ts';
import { parsePlace } from '../place.ts';
import { exitCodeOf, runWork, tellSummary } from '../run-work.ts';
import {
  hintedForRsaKey,
  openReadingKeyring,
  readingVaultOf,
  type ReadingKeyFlags,
  type ReadingKeyring,
} from '../reading-keyring.ts';
import { openPolicyOf } from '../session.ts';
import { tellMove } from '../tell-move.ts';
import { assertTransfer, moves, wanted, type Move, type Transfer } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import type { Result, Task } from '../work.ts';
import { rsaPrivateKey } from '../share-options.ts';
import { examples } from './examples.ts';

type OpenFlags = option.CommonFlags &
  ReadingKeyFlags &
  option.VaultFlags &
  option.TransferFlags &
  option.ReaderFlags &
  CacheFlags &
  PassphraseFlags &
  OutputFlags & { readonly offline?: string };

/** `sealdrop open FROM TO` */
export function openVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('open')
    .description('decrypt sealed objects; nothing is written before it was verified')
    .argument('<from>', 'what to open: a path or s3://bucket/key; everything below it with a trailing "/"')
    .argument('<to>', 'where the plaintext goes: a path, s3://bucket/key, or "-" for standard output');
  const options = [
    rsaPrivateKey(),
    ...option.opening(),
    ...option.transfer(),
    option.bufferLimit(),
    new Option('--delayed-auth', 'write to standard output what is not verified yet; check the exit code'),
    new Option(
      '--offline <file>',
      'take the data keys from a cache that "warm" made, and call KMS for nothing',
    ).argParser(option.notEmpty),
    passphraseFile(),
    ...openingCache(),
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
  [
    'without KMS, from a cache that was warmed',
    'sealdrop open s3://sealed/runbooks/ runbooks/ --offline night.keys --vault prod',
  ],
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
  if (to.kind === 'stream') assertNothingToChoose(flags);
  if (from.kind !== 'stream' && !from.isTree) option.assertNoFilters(flags);
  const vault = readingVaultOf(flags);
  const locating = option.locating(flags);
  const passedOver = new PassedOver(io, 'open', {
    json: flags.json === true,
    isWanted: nameFilter(option.filtersOf(flags)),
  });
  const sealedPlace = { ...locating, ...openPolicyOf(flags) };
  const source = locateSealed(from, { ...sealedPlace, onPassedOver: passedOver.note });
  const keyring = await keyringOf(flags, io);
  const options = { store: source.store, keyring, vault, signal: io.signal, ...openPolicyOf(flags) };
  try {
    if (to.kind === 'stream') {
      await openToOutput(source, options, flags, io).catch((error: unknown) => {
        throw hintedForRsaKey(namedWhereNotCached(error, source.show(source.key)), flags);
      });
      return 0;
    }
    const destination = locatePlain(to, { ...locating, mayBeMissing: true });
    const transfer = { source, destination };
    await assertApart(transfer);
    await assertFilesStay([flags.offline, flags.passphraseFile, flags.rsaPrivateKey], destination);
    const summary = await runWork(io, {
      ...{ verb: 'open', concurrency: flags.concurrency, json: flags.json === true, passedOver },
      tasks: (onBytes) => openTasks(transfer, flags, options, io.signal, onBytes),
      count: (signal) => wanted(locateSealed(from, sealedPlace), option.filtersOf(flags), signal),
      tell: tellMove(io, source.isTree),
    });
    if (source.isTree && flags.json !== true) tellSummary(io, summary, passedOver.count);
    if (source.isTree) tellKmsCalls(io, keyring, flags);
    return exitCodeOf(summary, passedOver.count);
  } finally {
    keyring.close();
  }
}

/** @throws {@link UsageError}, and what opening a cache throws. */
async function keyringOf(flags: OpenFlags, io: Io): Promise<ReadingKeyring | OfflineKeyring> {
  const { offline } = flags;
  if (offline === undefined) {
    if (flags.passphraseFile === undefined) return openReadingKeyring(flags);
    throw new UsageError(
      '--passphrase-file is for --offline',
      'leave it out, or name the cache with --offline',
    );
  }
  if (flags.rsaPrivateKey !== undefined) {
    throw new UsageError(
      '--offline and --rsa-private-key exclude each other',
      'leave --offline out: an RSA key opens without KMS by itself',
    );
  }
  assertNothingCached(flags, '--offline');
  return openOffline(offline, flags, io);
}

function assertNothingToChoose({ dryRun, overwrite }: OpenFlags): void {
  if (dryRun !== true && overwrite !== true) return;
  throw new UsageError('--dry-run and --overwrite say nothing of standard output', 'leave them out');
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
      run: () => openUnlessFile(move, transfer, opening, flags),
    };
  }
}

/** Below a tree there may be instruction files of other suffixes, which is not told by their names. */
async function openUnlessFile(
  move: Move,
  { source, destination }: Transfer,
  options: OpenOptions,
  flags: OpenFlags,
): Promise<Result> {
  try {
    return await openOne(move, destination, options, flags);
  } catch (error) {
    const { store } = source;
    if (source.isTree && (await isShareError(error, move.from, { store }))) return { status: 'not-sealed' };
    throw hintedForRsaKey(error, flags);
  }
}

async function openOne(
  { from, to, listed }: Move,
  destination: Located,
  options: OpenOptions,
  flags: OpenFlags,
): Promise<Result> {
  const isFile = destination.bucket === '';
  if (flags.overwrite !== true && listed !== undefined && isCurrent(listed, { isFile, ...flags })) {
    return { status: 'current', contentLengthBytes: listed.standing?.lengthBytes ?? 0 };
  }
  let mayStand = listed === undefined || listed.standing !== undefined;
  return retryWhileChanged(() => {
    const attempt = openAsItStands({ from, to }, destination, mayStand, options, flags);
    // What was not there may have come to be.
    mayStand = true;
    return attempt;
  });
}

async function openAsItStands(
  { from, to }: Move,
  { bucket, store }: Located,
  mayStand: boolean,
  options: OpenOptions,
  flags: OpenFlags,
): Promise<Result> {
  const condition: WriteCondition = mayStand
    ? await conditionNow(store, to, flags.overwrite === true, options.signal)
    : { absent: true };
  if (flags.dryRun === true) return planned(from, options);
  const withTags = bucket !== '';
  const opened = await openToStore(from, to, { ...options, to: store, condition, withTags });
  const { contentLengthBytes, written } = opened;
  const { versionId } = written;
  return { status: 'opened', contentLengthBytes, ...(versionId === undefined ? {} : { versionId }) };
}

/** What opening would give, as far as the object tells without a key. */
async function planned(from: ObjectAddress, options: OpenOptions): Promise<Result> {
  const { contentLengthBytes } = await inspectObject(from, options);
  return { status: 'planned', contentLengthBytes };
}

/**
 * Whether what stands was opened from this state of the sealed object, as far as lists tell: it has the length of
 * the content; and a file has the time that it was given, an object is not older.
 */
function isCurrent(
  { source, standing }: NonNullable<Move['listed']>,
  { isFile, legacyContent }: { readonly isFile: boolean; readonly legacyContent?: boolean },
): boolean {
  if (source.lastModified === undefined || standing?.lastModified === undefined) return false;
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
  const [sealed, own] = [seconds(source.lastModified), seconds(standing.lastModified)];
  const addedBytes = source.lengthBytes - standing.lengthBytes;
  // The padding of older content has from 1 to 16 bytes.
  const isSameLength = addedBytes === 16 || (legacyContent === true && addedBytes > 0 && addedBytes < 16);
  return isSameLength && (isFile ? own === sealed : own >= sealed);
}
