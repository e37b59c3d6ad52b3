import { addAbortSignal } from 'node:stream';
import { Command, Option } from 'commander';
import { suiteForSealing } from '../../envelope/index.ts';
import { hasCode } from '../../operations/has-code.ts';
import type { ObjectAddress, WriteCondition } from '../../operations/object-store.ts';
import { assertCanSeal, sealContent, type SealContentOptions } from '../../operations/seal-content.ts';
import { sealObject } from '../../operations/seal-object.ts';
import { assertNoInstructionFileKey } from '../../operations/sealed-key.ts';
import { conditionNow } from '../../operations/write-condition.ts';
import { noteUnsharedKeys, sealingCache, tellKmsCalls, type CacheFlags } from '../cache-options.ts';
import { nameFilter } from '../filters.ts';
import type { Io } from '../io.ts';
import { locatePlain, locateSealed, type Located } from '../located.ts';
import { metered } from '../metered-store.ts';
import * as option from '../options.ts';
import { assertApart } from '../overlap.ts';
import { PassedOver } from '../passed-over.ts';
import { parsePlace } from '../place.ts';
import { exitCodeOf, runWork, tellSummary } from '../run-work.ts';
import { openKeyring, vaultOf } from '../session.ts';
import { tellMove } from '../tell-move.ts';
import { assertTransfer, moves, wanted, type Transfer } from '../transfer.ts';
import type { Result, Task } from '../work.ts';
import { examples } from './examples.ts';

type SealFlags = option.CommonFlags &
  option.KeyFlags &
  option.VaultFlags &
  option.TransferFlags &
  CacheFlags &
  Pick<option.ReaderFlags, 'commitmentPolicy'> & { readonly instructionFile?: true };

/** `sealdrop seal FROM TO` */
export function sealVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('seal')
    .description('encrypt files or objects under data keys that the wrapping key wraps')
    .argument(
      '<from>',
      'what to seal: a path, "-" or s3://bucket/key; everything below it with a trailing "/"',
    )
    .argument('<to>', 'where the sealed object goes: a path or s3://bucket/key');
  const options = [
    option.key(),
    ...option.vault(),
    new Option('--instruction-file', 'keep the encrypted data key in an instruction file beside the object'),
    option.commitmentPolicy(),
    option.objectKey(),
    ...option.filters(),
    ...option.transfer(),
    option.noSymlinks(),
    ...sealingCache(),
    option.concurrency(),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (from: string, to: string, flags: SealFlags) => {
    exitWith(await seal(from, to, flags, io));
  });
}

const help = examples([
  ['one file', 'sealdrop seal report.pdf s3://sealed/2026/report.pdf --key alias/vault --vault prod'],
  [
    'a folder; once more to go on',
    'sealdrop seal invoices/ s3://sealed/invoices/ --key alias/vault --vault prod',
  ],
  [
    'what another program writes',
    'pg_dump shop | sealdrop seal - s3://sealed/shop.sql --key alias/vault --vault prod',
  ],
  [
    'to report.pdf and report.pdf.meta.json',
    'sealdrop seal report.pdf out/report.pdf --key alias/vault --vault prod',
  ],
]);

async function seal(fromText: string, toText: string, flags: SealFlags, io: Io): Promise<number> {
  const from = parsePlace(fromText);
  const to = parsePlace(toText);
  await assertTransfer(from, to);
  if (from.kind === 'stream' || !from.isTree) option.assertNoFilters(flags);
  const vault = vaultOf(flags);
  const suite = suiteForSealing(flags.commitmentPolicy);
  const passedOver = new PassedOver(io, 'seal', {
    json: flags.json === true,
    isWanted: nameFilter(option.filtersOf(flags)),
  });
  const locating = option.locating(flags);
  const destination = locateSealed(to, { ...locating, mayBeMissing: true });
  const keyring = openKeyring(flags);
  noteUnsharedKeys(io, flags);
  const options = {
    ...{ store: destination.store, keyring, vault, suite, signal: io.signal },
    instructionFiles: flags.instructionFile === true,
  };
  const run = { verb: 'seal', concurrency: flags.concurrency, json: flags.json === true } as const;
  try {
    if (from.kind === 'stream') {
      const tasks = (): AsyncGenerator<Task> => streamTask(destination, flags, options, io);
      return exitCodeOf(await runWork(io, { ...run, tasks, tell: tellMove(io, false) }));
    }
    const source = locatePlain(from, { ...locating, onPassedOver: passedOver.note });
    await assertApart({ source, destination });
    const summary = await runWork(io, {
      ...{ ...run, passedOver },
      tasks: (onBytes) => sealTasks({ source, destination }, flags, options, io.signal, onBytes),
      count: (signal) => wanted(locatePlain(from, locating), option.filtersOf(flags), signal),
      tell: tellMove(io, source.isTree),
    });
    if (source.isTree && flags.json !== true) tellSummary(io, summary, passedOver.count);
    if (source.isTree) tellKmsCalls(io, keyring, flags);
    return exitCodeOf(summary, passedOver.count);
  } finally {
    keyring.close();
  }
}

async function* sealTasks(
  transfer: Transfer,
  flags: SealFlags,
  options: SealContentOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Task> {
  const { source, destination } = transfer;
  const shared = {
    ...options,
    from: metered(source.store, onBytes),
    // Below a tree, what changed since is sealed again, as those who synchronise expect.
    replacing: flags.overwrite === true ? 'anything' : source.isTree ? 'earlier' : 'nothing',
    dryRun: flags.dryRun === true,
  } as const;
  for await (const { from, to, listed } of moves(transfer, option.filtersOf(flags), signal)) {
    const mayStand = listed === undefined || listed.standing !== undefined;
    yield {
      from: source.show(from.key),
      to: destination.show(to.key),
      run: async (): Promise<Result> => {
        const outcome = await sealObject(from, to, { ...shared, mayStand });
        const { status, contentLengthBytes } = outcome;
        const versionId = outcome.status === 'sealed' ? outcome.sealed.versionId : undefined;
        return { status, contentLengthBytes, ...(versionId === undefined ? {} : { versionId }) };
      },
    };
  }
}

/** Standard input has neither a name nor a state to compare: it is sealed anew each time. */
async function* streamTask(
  destination: Located,
  flags: SealFlags,
  options: SealContentOptions,
  io: Io,
): AsyncGenerator<Task> {
  const to = { bucket: destination.bucket, key: destination.key };
  const run = (): Promise<Result> => sealStream(to, flags, options, io);
  yield await Promise.resolve({ from: '-', to: destination.show(to.key), run });
}

async function sealStream(
  to: ObjectAddress,
  { overwrite, dryRun }: SealFlags,
  options: SealContentOptions,
  { stdin, signal }: Io,
): Promise<Result> {
  assertNoInstructionFileKey(to.key);
  const conditionOfNow = (): Promise<WriteCondition> =>
    conditionNow(options.store, to, overwrite === true, signal);
  const condition = await conditionOfNow();
  const besides = { metadata: {}, headers: {}, tags: {}, records: {} };
  assertCanSeal(besides, to, options);
  if (dryRun === true) return { status: 'planned' };
  try {
    const content = { body: addAbortSignal(signal, stdin), ...besides };
    const { sealed, contentLengthBytes } = await sealContent(content, to, condition, options);
    const { versionId } = sealed;
    return { status: 'sealed', contentLengthBytes, ...(versionId === undefined ? {} : { versionId }) };
  } catch (error) {
    // Standard input cannot be read again; what came to be there, and may not be replaced, is told of.
    if (hasCode(error, 'OBJECT_CHANGED')) await conditionOfNow();
    throw error;
  }
}
