import { Command } from 'commander';
import { listRotations, type KeyRotation } from '../../aws/key-rotations.ts';
import { describeKey, keyClient } from '../described-key.ts';
import type { Io } from '../io.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { table } from '../table.ts';
import { examples } from './examples.ts';

type HistoryFlags = Pick<option.CommonFlags, 'region' | 'json'>;

/** `sealdrop keys history KEY` */
export function keysHistoryVerb(io: Io): Command {
  return new Command('history')
    .description('list the materials of a key, the oldest first, and when each became the current one')
    .argument('<key>', 'an ARN, a key id or an alias')
    .addOption(option.json())
    .addOption(option.region())
    .addHelpText(
      'after',
      examples([
        ['all materials', 'sealdrop keys history alias/vault'],
        [
          'the current one',
          `sealdrop keys history alias/vault --json | jq -r 'select(.state == "CURRENT") | .keyMaterialId'`,
        ],
      ]),
    )
    .action((key: string, flags: HistoryFlags) => history(key, flags, io));
}

async function history(key: string, { region, json }: HistoryFlags, io: Io): Promise<void> {
  const client = keyClient(region);
  const { keyArn } = await describeKey(key, client, io.signal);
  const rotations = await listRotations(client, keyArn, io.signal);
  if (json !== true) {
    io.stdout.write(table([['ROTATED', 'HOW', 'STATE', 'KEY MATERIAL'], ...rotations.map(rowOf)]));
    return;
  }
  for (const rotation of rotations) writeJson(io, { keyArn, ...rotation });
}

/** A key has its first material from the beginning. */
function rowOf({ rotatedAt, kind, state, keyMaterialId }: KeyRotation): string[] {
  const isWaiting = state?.startsWith('PENDING') === true;
  return [
    rotatedAt?.toISOString() ?? '-',
    kind ?? (isWaiting ? 'imported, waits' : 'first'),
    state?.toLowerCase().replaceAll('_', ' ') ?? '?',
    keyMaterialId ?? '?',
  ];
}
