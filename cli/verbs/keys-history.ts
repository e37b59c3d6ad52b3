import { Command } from 'commander';
import { listRotations, rotationOf, type KeyRotation } from '../../aws/key-rotations.ts';
import { assertNotInKeyStore } from '../../aws/rotatable-key.ts';
import { hasCode } from '../../operations/has-code.ts';
import { describeKey, keyClient, type KeyClient } from '../described-key.ts';
import { reportNote } from '../failure.ts';
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
  const { keyArn, metadata } = await describeKey(key, client, io.signal);
  assertNotInKeyStore(metadata);
  const rotations = await listRotations(client, keyArn, io.signal);
  reportNote(io, await policyOf(keyArn, metadata.Origin, client, io.signal));
  if (json !== true) {
    io.stdout.write(table([['ROTATED', 'HOW', 'STATE', 'KEY MATERIAL'], ...rotations.map(rowOf)]));
    return;
  }
  for (const rotation of rotations) writeJson(io, { keyArn, ...rotation });
}

/** How the key comes to new material; who may not ask is told of its materials all the same. */
async function policyOf(
  keyArn: string,
  origin: string | undefined,
  client: KeyClient,
  signal: AbortSignal,
): Promise<string> {
  if (origin === 'EXTERNAL') return `${keyArn} has imported material: it is rotated on demand alone`;
  try {
    const { automatic, periodDays = 365, nextRotation } = await rotationOf(client, keyArn, signal);
    if (!automatic) return `${keyArn} is rotated on demand alone: automatic rotation is off`;
    const next = nextRotation === undefined ? '' : `, the next time at ${nextRotation.toISOString()}`;
    return `${keyArn} is rotated every ${periodDays} days${next}`;
  } catch (error) {
    if (!hasCode(error, 'ACCESS_DENIED')) throw error;
    return `how often ${keyArn} is rotated is not told: ${error.message}`;
  }
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
