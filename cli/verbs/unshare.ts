import { Command, Option } from 'commander';
import { RequestCounts } from '../../aws/index.ts';
import { reportNote } from '../failure.ts';
import type { Io } from '../io.ts';
import { locateInBucket, placeClient } from '../located.ts';
import * as option from '../options.ts';
import type { OutputLine } from '../output-line.ts';
import { parsePlace } from '../place.ts';
import { printable } from '../printable.ts';
import { exitCodeOf, runWork } from '../run-work.ts';
import { unshareTasks } from '../share-tasks.ts';
import { tellCounts, tellRequests } from '../tell-rewrap.ts';
import { shareSuffix, shareSuffixOf } from '../share-options.ts';
import { examples } from './examples.ts';

type UnshareFlags = option.CommonFlags & { readonly suffix?: string; readonly dryRun?: true };

/** `sealdrop unshare PLACE` */
export function unshareVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('unshare')
    .description('take shares of sealed objects away; whoever opened one may have kept the data key')
    .argument('<place>', 'whose shares: s3://bucket/key; of everything below it with a trailing "/"');
  const options = [
    shareSuffix(),
    new Option('--dry-run', 'tell what would be done, and do nothing'),
    ...option.filters(),
    ...[option.concurrency(), option.json(), option.region()],
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: UnshareFlags) => {
    exitWith(await unshare(place, flags, io));
  });
}

const help = examples([
  ['one object', 'sealdrop unshare s3://sealed/report.pdf --suffix .partner'],
  [
    'and the data keys with it, for good',
    'sealdrop rewrap s3://sealed/report.pdf --reseal --key alias/vault --vault prod',
  ],
]);

async function unshare(text: string, flags: UnshareFlags, io: Io): Promise<number> {
  const s3 = placeClient(flags.region);
  const source = locateInBucket(parsePlace(text), {
    client: s3,
    hint: 'shares are beside objects in a bucket',
  });
  const suffix = shareSuffixOf(flags);
  if (!source.isTree) option.assertNoFilters(flags);
  const s3Requests = new RequestCounts(s3);
  const summary = await runWork(io, {
    ...{ verb: 'unshare', concurrency: flags.concurrency, json: flags.json === true, measure: 'objects' },
    tasks: () =>
      unshareTasks(source, {
        ...{ suffix, dryRun: flags.dryRun === true, signal: io.signal },
        filters: option.filtersOf(flags),
      }),
    tell: tellUnshare(io, source.isTree),
  });
  if (source.isTree && flags.json !== true) tellCounts(io, summary, 0);
  if ((summary.counts.unshared ?? 0) > 0) reportNote(io, keptKeys);
  tellRequests(io, s3Requests.take(), {});
  return exitCodeOf(summary);
}

const keptKeys =
  'whoever opened a share may have kept the data key, and versions of the share may stay: "sealdrop rewrap --reseal" takes the objects back';

function tellUnshare(io: Io, isTree: boolean): (line: OutputLine) => void {
  return ({ from, status }) => {
    if (status === 'planned') io.stdout.write(`${printable(`would remove ${from}`)}\n`);
    if (status === 'not-shared' && !isTree) reportNote(io, `there is no ${from}: there was nothing to do`);
  };
}
