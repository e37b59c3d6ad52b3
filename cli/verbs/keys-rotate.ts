import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import {
  listRotations,
  mostRotationsOnDemand,
  rotateOnDemand,
  type KeyRotation,
} from '../../aws/key-rotations.ts';
import { assertHasRotations, assertRotatable } from '../../aws/rotatable-key.ts';
import { SealdropError } from '../../envelope/index.ts';
import { describeKey, keyClient, type KeyClient } from '../described-key.ts';
import { reportNote } from '../failure.ts';
import type { Io } from '../io.ts';
import * as option from '../options.ts';
import { writeJson } from '../output-line.ts';
import { showCount, showSeconds } from '../sizes.ts';
import { examples } from './examples.ts';

interface RotateFlags extends Pick<option.CommonFlags, 'region' | 'json'> {
  readonly dryRun?: true;
  readonly wait: number;
}

/** `sealdrop keys rotate KEY` */
export function keysRotateVerb(io: Io): Command {
  const verb = new Command('rotate')
    .description(
      `rotate the material of a key on demand, which KMS does ${mostRotationsOnDemand} times in a key's life`,
    )
    .argument('<key>', 'an ARN, a key id or an alias');
  const options = [
    new Option(
      '--dry-run',
      'tell of the rotations that there were, and whether there can be another; do nothing',
    ),
    new Option('--wait <seconds>', 'how long to wait for the new material')
      .argParser(option.wholeNumber(0, 86_400))
      .default(600),
    option.json(),
    option.region(),
  ];
  for (const each of options) verb.addOption(each);
  return verb
    .addHelpText(
      'after',
      examples([
        ['whether there can be another rotation', 'sealdrop keys rotate alias/vault --dry-run'],
        ['new material', 'sealdrop keys rotate alias/vault'],
      ]),
    )
    .action((key: string, flags: RotateFlags) => rotate(key, flags, io));
}

async function rotate(key: string, flags: RotateFlags, io: Io): Promise<void> {
  const client = keyClient(flags.region);
  const { keyArn, metadata } = await describeKey(key, client, io.signal);
  assertHasRotations(metadata);
  const materials = await listRotations(client, keyArn, io.signal);
  assertRotatable(metadata, materials);
  const onDemand = materials.filter(({ kind }) => kind === 'on-demand').length;
  reportNote(io, rotationsSoFar(keyArn, materials, onDemand));
  assertRotationsLeft(keyArn, onDemand);
  if (flags.dryRun === true) {
    if (flags.json === true) writeJson(io, { keyArn, status: 'planned', onDemandRotations: onDemand });
    else io.stdout.write(`would rotate ${keyArn}\n`);
    return;
  }
  const before = metadata.CurrentKeyMaterialId;
  await rotateOnDemand(client, keyArn, io.signal);
  const keyMaterialId = await newMaterial(keyArn, before, client, flags.wait, io);
  if (flags.json === true) {
    writeJson(io, { keyArn, status: 'rotated', keyMaterialId, onDemandRotations: onDemand + 1 });
  } else io.stdout.write(`${keyArn} has new key material: ${keyMaterialId}\n`);
  reportNote(io, `rewrap now: sealdrop rewrap s3://bucket/ --key ${key} --vault …`);
}

function rotationsSoFar(keyArn: string, materials: readonly KeyRotation[], onDemand: number): string {
  const automatic = materials.filter(({ kind }) => kind === 'automatic').length;
  const dates = materials.flatMap(({ rotatedAt }) => rotatedAt?.toISOString() ?? []);
  const last = dates.at(-1);
  return (
    `${keyArn} was rotated ${showCount(automatic, 'time')} by schedule and ${onDemand} of ` +
    `${showCount(mostRotationsOnDemand, 'time')} on demand${last === undefined ? '' : `, the last time at ${last}`}`
  );
}

/** KMS says so, too; before a dry run ends well it is said here. */
function assertRotationsLeft(keyArn: string, onDemand: number): void {
  if (onDemand < mostRotationsOnDemand) return;
  throw new SealdropError('ROTATION_LIMIT_REACHED', `${keyArn} was rotated on demand as often as can be`);
}

const pollMilliseconds = 1000;

/** Waits until KMS wraps with the new material; what was begun goes on by itself. */
async function newMaterial(
  keyArn: string,
  before: string | undefined,
  client: KeyClient,
  waitSeconds: number,
  io: Io,
): Promise<string> {
  const giveUpAt = performance.now() + waitSeconds * 1000;
  for (;;) {
    const { metadata } = await describeKey(keyArn, client, io.signal);
    const { CurrentKeyMaterialId: current } = metadata;
    if (current !== undefined && current !== before) return current;
    if (performance.now() >= giveUpAt) throw notYet(keyArn, waitSeconds);
    await sleep(pollMilliseconds, undefined, { signal: io.signal }).catch(() => {
      throw new SealdropError('ABORTED', 'interrupted while the key is rotated', { hint: goesOn(keyArn) });
    });
  }
}

function notYet(keyArn: string, waitSeconds: number): SealdropError {
  const message = `the rotation of ${keyArn} has begun, and has not ended after ${showSeconds(waitSeconds)}`;
  return new SealdropError('KEY_UNAVAILABLE', message, { hint: goesOn(keyArn) });
}

function goesOn(keyArn: string): string {
  return `it goes on by itself: look with "sealdrop keys history ${keyArn}", then rewrap`;
}
