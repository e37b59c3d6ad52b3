import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatTable } from '../local/format.ts';
import { atDistance } from './distance.ts';
import type { KmsServer } from './kms-process.ts';
import { describeMachine, makeTemporaryFolder, wasBusy } from './machine.ts';
import { measureProcess, type MeasuredProcess } from './measured-process.ts';
import { ensureS3Server } from './s3-server.ts';
import { startServers, type Servers } from './servers.ts';

// The command over a tree of small files, side by side with plain copying of the same tree, by the same SDK and as
// many objects at once. Each is a process of its own, measured from its start to its end.

const objectBytes = 4 * 2 ** 10;
const objectsAtOnce = 16;
const folder = import.meta.dirname;
const cacheFolder = join(folder, '..', '.sealdrop');
const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    binding: { type: 'string', default: 'vault' },
    // How long S3 takes to answer, in milliseconds.
    latency: { type: 'string', default: '0' },
  },
});
const objects = Number(values.objects);
const latencyMilliseconds = Number(values.latency);

const program = await ensureS3Server(cacheFolder, console.error);
const machine = describeMachine();
const temporaryFolder = await makeTemporaryFolder(objects * objectBytes);
const servers = await startServers({ program, cacheFolder, temporaryFolder });
try {
  await (latencyMilliseconds === 0 ? measure(servers) : measureAtDistance(servers));
} finally {
  await servers.stop();
}

async function measureAtDistance(near: Servers): Promise<void> {
  const s3 = await atDistance(near.environment['AWS_ENDPOINT_URL_S3'] ?? '', latencyMilliseconds);
  try {
    await measure({ ...near, environment: { ...near.environment, AWS_ENDPOINT_URL_S3: s3.endpointUrl } });
  } finally {
    await s3.stop();
  }
}

async function measure({ bucket, kms, environment }: Servers): Promise<void> {
  const source = join(temporaryFolder, 'source');
  await writeTree(source);
  const run = (args: readonly string[]): Promise<MeasuredProcess> => measureProcess(args, environment);
  const ratios: Record<'seal' | 'open', number[]> = { seal: [], open: [] };
  const rows: string[][] = [];
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const opened = await mkdtemp(join(temporaryFolder, 'opened-'));
    const contenders = [
      { name: 'sealdrop', seal: sealCommand(source, kms), open: openCommand(join(opened, 'sealdrop'), kms) },
      {
        name: 'plain',
        seal: plainCommand('up', source),
        open: plainCommand('down', join(opened, 'plain')),
      },
    ];
    const measured: Record<string, Record<'seal' | 'open', MeasuredProcess>> = {};
    for (const { name, seal, open } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      measured[name] = { seal: await run(seal), open: await run(open) };
      await bucket.check(`${name}/folder-0/file-0`, objectBytes, name === 'sealdrop');
      await bucket.clear(`${name}/`);
    }
    await rm(opened, { recursive: true });
    // The first round warms up.
    if (round === 0) continue;
    for (const verb of ['seal', 'open'] as const) {
      const [ours, plain] = [measured['sealdrop']?.[verb], measured['plain']?.[verb]];
      if (ours === undefined || plain === undefined) throw new Error('a contender was not measured');
      ratios[verb].push(plain.milliseconds / ours.milliseconds);
      rows.push([`${verb}, round ${round}`, ...[ours, plain].flatMap(columns), ratio(ours, plain)]);
    }
  }
  const what = `${objects} objects of ${formatBytes(objectBytes)}, binding ${values.binding}`;
  console.log(`${what}, S3 answers after ${latencyMilliseconds} ms`);
  const header = ['', 'sealdrop/s', 'peak', 'CPU s', 'plain/s', 'peak', 'CPU s', 'sealdrop is as fast'];
  console.log(formatTable([header, ...rows], [1, 2, 3, 4, 5, 6, 7]));
  for (const [verb, all] of Object.entries(ratios))
    console.log(`${verb}: ${median(all).toFixed(2)} of plain copying`);
  if (wasBusy(machine)) console.log('The machine was BUSY: these numbers are worth little.');
}

function sealCommand(source: string, kms: KmsServer): string[] {
  return command('seal', `${source}/`, `s3://bench/sealdrop/`, kms);
}

function openCommand(destination: string, kms: KmsServer): string[] {
  return command('open', 's3://bench/sealdrop/', `${destination}/`, kms);
}

function command(verb: string, from: string, to: string, { keyArn }: KmsServer): string[] {
  const main = join(folder, '..', 'dist', 'cli', 'main.js');
  const binding = ['--vault', 'bench', '--bind', values.binding];
  return [main, verb, from, to, '--key', keyArn, ...binding, '--concurrency', String(objectsAtOnce)];
}

function plainCommand(direction: 'up' | 'down', at: string): string[] {
  const script = join(folder, 'contenders', 'plain-tree.ts');
  return [script, direction, at, 'bench', 'plain/', String(objectsAtOnce)];
}

async function writeTree(root: string): Promise<void> {
  const perFolder = 100;
  for (let index = 0; index < objects; index += 1) {
    const parent = join(root, `folder-${Math.floor(index / perFolder)}`);
    if (index % perFolder === 0) await mkdir(parent, { recursive: true });
    await writeFile(join(parent, `file-${index % perFolder}`), randomBytes(objectBytes));
  }
}

function columns({ milliseconds, cpuMilliseconds, peakBytes }: MeasuredProcess): string[] {
  const perSecond = (objects / milliseconds) * 1000;
  return [perSecond.toFixed(0), formatBytes(peakBytes), (cpuMilliseconds / 1000).toFixed(1)];
}

function ratio(ours: MeasuredProcess, plain: MeasuredProcess): string {
  return (plain.milliseconds / ours.milliseconds).toFixed(2);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
