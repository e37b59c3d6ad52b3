import { Command, Option } from 'commander';
import { RequestCounts } from '../../aws/index.ts';
import { bindings } from '../../envelope/index.ts';
import { assertShareSuffix } from '../../operations/share-suffix.ts';
import type { Io } from '../io.ts';
import { locateInBucket, placeClient } from '../located.ts';
import * as option from '../options.ts';
import { parsePlace } from '../place.ts';
import { exitCodeOf, runWork } from '../run-work.ts';
import { vaultOf } from '../session.ts';
import { openRecipient, type RecipientFlags } from '../share-recipient.ts';
import { shareTasks } from '../share-tasks.ts';
import { tellCounts, tellRequests } from '../tell-rewrap.ts';
import { tellMove } from '../tell-move.ts';
import { pacedKeyClient } from '../wrapping-session.ts';
import { shareSuffix, shareSuffixOf } from '../share-options.ts';
import { examples } from './examples.ts';

type ShareFlags = option.CommonFlags &
  RecipientFlags &
  option.VaultFlags &
  Pick<option.ReaderFlags, 'commitmentPolicy' | 'instructionFileSuffix'> & {
    readonly suffix?: string;
    readonly overwrite?: true;
    readonly dryRun?: true;
  };

/** `sealdrop share PLACE` */
export function shareVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('share')
    .description('let another key open sealed objects too: a further instruction file; no content is read')
    .argument('<place>', 'what to share: s3://bucket/key; everything below it with a trailing "/"');
  const options = [
    new Option(
      '--to <key>',
      'the KMS key to share with (an ARN, a key id or an alias), or the PEM file of a public RSA key',
    ),
    shareSuffix(),
    new Option(
      '--to-bind <binding>',
      'what a share for a KMS key is bound to (default: what its object is)',
    ).choices(bindings),
    new Option(
      '--to-context <k=v>',
      'a pair of the context of a share for a KMS key, in the place of --context; repeatable',
    ).argParser(option.collectContext),
    new Option('--overwrite', 'replace a share that stands there, for another key or of an earlier content'),
    new Option('--dry-run', 'tell what would be done, and do nothing'),
    option.requestsPerSecond(),
    ...[option.key(), option.acceptKey(), ...option.vault(), option.commitmentPolicy()],
    ...[option.instructionFileSuffix(), ...option.filters()],
    ...[option.concurrency(), option.json(), option.region()],
  ];
  for (const each of options) verb.addOption(each);
  return verb.addHelpText('after', help).action(async (place: string, flags: ShareFlags) => {
    exitWith(await share(place, flags, io));
  });
}

const help = examples([
  [
    "with a partner's KMS key",
    'sealdrop share s3://sealed/report.pdf --to arn:aws:kms:eu-west-1:444455556666:key/… --suffix .partner --key alias/vault --vault prod',
  ],
  [
    'with the public RSA key of somebody without AWS',
    'sealdrop share s3://sealed/2026/ --to partner.pem --suffix .partner --key alias/vault --vault prod',
  ],
]);

async function share(text: string, flags: ShareFlags, io: Io): Promise<number> {
  const place = parsePlace(text);
  const [s3, kms] = [placeClient(flags.region), pacedKeyClient(flags.region)];
  const source = locateInBucket(place, {
    client: s3,
    hint: 'put the object and its instruction file in a bucket first',
  });
  const { instructionFileSuffix } = flags;
  const suffix = shareSuffixOf(flags);
  assertShareSuffix(suffix, instructionFileSuffix);
  if (!source.isTree) option.assertNoFilters(flags);
  const vault = vaultOf(flags);
  const [s3Requests, kmsRequests] = [new RequestCounts(s3), new RequestCounts(kms)];
  const recipient = await openRecipient(flags, vault, kms, io.signal);
  const summary = await runWork(io, {
    ...{ verb: 'share', concurrency: flags.concurrency, json: flags.json === true, measure: 'objects' },
    tasks: () =>
      shareTasks(source, {
        ...{ recipient, vault, suffix, signal: io.signal, filters: option.filtersOf(flags) },
        ...{ overwrite: flags.overwrite === true, dryRun: flags.dryRun === true },
        commitmentPolicy: flags.commitmentPolicy,
        ...(instructionFileSuffix === undefined ? {} : { instructionFileSuffix }),
      }),
    tell: tellMove(io, source.isTree),
  });
  if (source.isTree && flags.json !== true) tellCounts(io, summary, 0);
  tellRequests(io, s3Requests.take(), kmsRequests.take());
  return exitCodeOf(summary);
}
