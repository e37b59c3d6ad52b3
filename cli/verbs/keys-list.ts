import { Command } from 'commander';
import { createKmsClient, listKeys, type KeyListing } from '../../aws/index.ts';
import type { Io } from '../io.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { table } from '../table.ts';
import { examples } from './examples.ts';

type KeysListFlags = Pick<option.CommonFlags, 'region' | 'json'>;

/** `sealdrop keys list` */
export function keysListVerb(io: Io): Command {
  return new Command('list')
    .description('list the KMS keys of the account and Region, and which can be a wrapping key')
    .addOption(option.json())
    .addOption(option.region())
    .addHelpText(
      'after',
      examples([
        ['all keys', 'sealdrop keys list'],
        ['those that can wrap', "sealdrop keys list --json | jq -r 'select(.wrapping.can) | .keyArn'"],
      ]),
    )
    .action((flags: KeysListFlags) => listAll(flags, io));
}

async function listAll({ region, json }: KeysListFlags, io: Io): Promise<void> {
  const client = createKmsClient(region === undefined ? {} : { region });
  const rows: string[][] = [];
  for await (const key of listKeys(client, io.signal)) {
    if (json === true) writeJson(io, key);
    else rows.push(rowOf(key));
  }
  if (json !== true) io.stdout.write(table([header, ...rows]));
}

const header = ['KEY', 'ALIASES', 'TYPE', 'STATE', 'ROTATION', 'REGIONS', 'CAN WRAP'];

function rowOf(key: KeyListing): string[] {
  const id = key.keyArn.split('/').at(-1) ?? key.keyArn;
  const aliases = key.aliases.join(' ');
  return [id, aliases, typeOf(key), key.state ?? '?', rotationOf(key), regionsOf(key), wrappingOf(key)];
}

function typeOf({ type, origin, keySpec }: KeyListing): string {
  if (type === undefined) return '?';
  const materials = {
    imported: 'imported',
    'cloudhsm-key-store': 'CloudHSM',
    'external-key-store': 'external',
  };
  const parts = [
    type === 'aws-managed' ? 'AWS managed' : 'customer managed',
    ...(origin === undefined || origin === 'kms' ? [] : [materials[origin]]),
    ...(keySpec === undefined || keySpec === 'SYMMETRIC_DEFAULT' ? [] : [keySpec]),
  ];
  return parts.join(', ');
}

function rotationOf({ type, rotation }: KeyListing): string {
  if (type === 'aws-managed') return 'every year';
  if (rotation === undefined) return '-';
  if (rotation.onDemandSince !== undefined) return 'under way';
  return rotation.automatic ? `every ${rotation.periodDays ?? 365} days` : 'off';
}

function regionsOf({ multiRegion }: KeyListing): string {
  if (multiRegion === undefined) return 'one';
  const { role, primaryRegion, replicaRegions } = multiRegion;
  return role === 'primary'
    ? [`${primaryRegion} (primary)`, ...replicaRegions].join(' ')
    : `replica of ${primaryRegion}`;
}

function wrappingOf({ keyArn, wrapping }: KeyListing): string {
  return wrapping.can ? 'yes' : `no: ${withoutStart(wrapping.why.message, `${keyArn} `)}`;
}

function withoutStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text;
}
