import { Command, Option } from 'commander';
import { inspectObject, type Inspection } from '../../operations/inspect-object.ts';
import { listShares, type ListedShare } from '../../operations/list-shares.ts';
import type { Io } from '../io.ts';
import { locateSealed, type Located } from '../located.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { parsePlace } from '../place.ts';
import { printable } from '../printable.ts';
import { showBytes } from '../sizes.ts';
import { assertNoFolder } from '../transfer.ts';
import { UsageError } from '../usage-error.ts';
import { examples } from './examples.ts';

type InspectFlags = Pick<option.CommonFlags, 'region' | 'json' | 'objectKey'> &
  Pick<option.ReaderFlags, 'instructionFileSuffix'> & { readonly shares?: true };

/** `sealdrop inspect OBJECT` */
export function inspectVerb(io: Io): Command {
  const verb = new Command('inspect')
    .description('tell what a sealed object says of itself, without a key; nobody has authenticated it')
    .argument('<object>', 'a path or s3://bucket/key');
  for (const each of [
    shares(),
    option.instructionFileSuffix(),
    option.objectKey(),
    option.json(),
    option.region(),
  ]) {
    verb.addOption(each);
  }
  return verb
    .addHelpText(
      'after',
      examples([
        ['an object', 'sealdrop inspect s3://sealed/2026/report.pdf'],
        ['which key wraps it', "sealdrop inspect s3://sealed/2026/report.pdf --json | jq -r '.keyArn'"],
      ]),
    )
    .action((object: string, flags: InspectFlags) => inspect(object, flags, io));
}

function shares(): Option {
  return new Option(
    '--shares',
    'tell which further instruction files stand beside the object; lists the bucket',
  );
}

async function inspect(text: string, flags: InspectFlags, io: Io): Promise<void> {
  const place = parsePlace(text);
  await assertNoFolder(place);
  const source = locateSealed(place, option.locating(flags));
  if (source.isTree)
    throw new UsageError(`"${text}" is everything below it`, 'name one object; "verify" looks at all');
  const { instructionFileSuffix } = flags;
  const inspection = await inspectObject(
    { bucket: source.bucket, key: source.key },
    {
      ...{ store: source.store, signal: io.signal },
      ...(instructionFileSuffix === undefined ? {} : { instructionFileSuffix }),
    },
  );
  const { address, ...facts } = inspection;
  const shared = flags.shares === true ? await sharesOf(source, io) : undefined;
  const versionId = address.versionId === undefined ? {} : { versionId: address.versionId };
  if (flags.json === true)
    writeJson(io, {
      object: source.show(address.key),
      ...versionId,
      ...facts,
      ...(shared === undefined ? {} : { shares: shared }),
    });
  else io.stdout.write(report(source.show(address.key), inspection, shared));
}

/** @throws {@link UsageError} for a local file, beside which none stands. */
async function sharesOf({ store, bucket, key }: Located, { signal }: Io): Promise<ListedShare[]> {
  if (bucket === '') throw new UsageError('--shares is for objects in S3', 'leave it out');
  return listShares(await store.head({ bucket, key }, signal), { store, signal });
}

function report(object: string, inspection: Inspection, shared: readonly ListedShare[] = []): string {
  const rows: (readonly [name: string, value: string | undefined])[] = [
    ['object', object],
    ['version', inspection.address.versionId],
    ['format', inspection.format],
    ['suite', `${inspection.suite}${inspection.isCommitting ? ' (key committing)' : ''}`],
    ['wrapping', inspection.wrapping],
    [
      'metadata',
      inspection.metadataStrategy === 'instruction-file' ? 'in an instruction file' : 'on the object',
    ],
    ['file version', inspection.instructionFileVersion],
    ['binding', bindingOf(inspection)],
    ...Object.entries(inspection.context).map(([name, value]) => ['context', `${name}=${value}`] as const),
    ['key', inspection.keyArn],
    ['key material', inspection.keyMaterialId],
    ['sealed', showBytes(inspection.sealedLengthBytes)],
    [
      'content',
      inspection.contentLengthBytes === undefined ? undefined : showBytes(inspection.contentLengthBytes),
    ],
    ['to open it', needsOf(inspection)],
    ...shared.map((share) => ['share', told(share)] as const),
  ];
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('');
}

function told({ suffix, keyArn, publicKeySha256, isStale }: ListedShare): string {
  const rsa =
    publicKeySha256 === undefined ? 'a key that is not recorded' : `the public key ${publicKeySha256}`;
  return `${suffix} for ${keyArn ?? rsa}${isStale ? ', stale: of an earlier content' : ''}`;
}

function bindingOf({ binding, isBoundToItsKey }: Inspection): string | undefined {
  if (isBoundToItsKey === false) return 'object, but under another key than this';
  return binding;
}

/** A word that a shell takes as it is: what others wrote may be typed again. */
function shellWord(text: string): string {
  return /^[\w.,:/@=…-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** An RSA key opens by the command; an AES key by the library alone. */
function rawKeyOf(wrapping: Inspection['wrapping']): string {
  return wrapping.startsWith('RSA')
    ? 'its private RSA key: --rsa-private-key'
    : 'its raw key, by the library';
}

/** What a reader passes, beyond the key. */
function needsOf({ wrapping, needs, binding, keyArn, context }: Inspection): string {
  const own = Object.keys(context).filter((name) => !name.startsWith('sealdrop-'));
  const parts = [
    needs.keys === 'kms' ? `kms:Decrypt on ${keyArn ?? 'its wrapping key'}` : rawKeyOf(wrapping),
    ...(binding === undefined ? [] : [`--bind ${binding}`]),
    ...(binding === undefined || binding === 'none'
      ? []
      : [`--vault ${shellWord(context['sealdrop-vault'] ?? '')}`]),
    ...own.map((name) => `--context ${shellWord(`${name}=…`)}`),
    ...(needs.commitmentPolicy === undefined ? [] : [`--commitment-policy ${needs.commitmentPolicy}`]),
    ...(needs.legacyWrapping ? ['--legacy-wrapping'] : []),
    ...(needs.legacyContent ? ['--legacy-content'] : []),
  ];
  return parts.join(', ');
}
