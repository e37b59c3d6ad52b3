import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatTable } from '../local/format.ts';
import { rotateKey } from './kms-process.ts';
import { describeMachine, makeTemporaryFolder, wasBusy } from './machine.ts';
import { measureProcess } from './measured-process.ts';
import { ensureS3Server } from './s3-server.ts';
import { startServers, type Servers } from './servers.ts';

// Rewraps 1,000, then 10,000, then 100,000 objects after a rotation of their key: how fast, with which requests, and
// whether time and memory grow with their number. Each run is a process of its own. A second run follows each, which
// finds everything current.

const objectBytes = 4 * 2 ** 10;
const folder = import.meta.dirname;
const cacheFolder = join(folder, '..', '.sealdrop');
const { values } = parseArgs({ options: { objects: { type: 'string', default: '1000,10000,100000' } } });
const sizes = values.objects.split(',').map(Number);

const program = await ensureS3Server(cacheFolder, console.error);
const machine = describeMachine();
const temporaryFolder = await makeTemporaryFolder(Math.max(...sizes) * objectBytes * 4);
const servers = await startServers({ program, cacheFolder, temporaryFolder });
try {
  await measure(servers);
} finally {
  await servers.stop();
}

async function measure({ kms, environment }: Servers): Promise<void> {
  const script = (name: string): string => join(folder, 'contenders', name);
  const rows: string[][] = [];
  let sealed = 0;
  for (const objects of sizes) {
    const place = ['bench', 'sealed/', kms.keyArn];
    const range = [sealed, objects, objectBytes].map(String);
    await measureProcess([script('populate.ts'), ...place, ...range], environment);
    sealed = objects;
    await rotateKey(kms);
    for (const run of ['rewrap', 'again']) {
      const measured = await measureProcess([script('rewrap-run.ts'), ...place], environment);
      const told = JSON.parse(measured.stdout) as { rewrapped: number; requests: Record<string, number> };
      if (told.rewrapped !== (run === 'rewrap' ? objects : 0)) throw new Error(measured.stdout);
      const each = (action: string): string => ((told.requests[action] ?? 0) / objects).toFixed(2);
      rows.push([
        `${objects}, ${run}`,
        ((objects / measured.milliseconds) * 1000).toFixed(0),
        formatBytes(measured.peakBytes),
        ...['ReEncrypt', 'HeadObject', 'CopyObject', 'GetObject'].map(each),
        ((told.requests['ListObjectsV2'] ?? 0) / objects).toFixed(3),
      ]);
    }
  }
  const header = ['objects', 'a second', 'peak', 'ReEncrypt', 'HEAD', 'copy', 'GET', 'list'];
  console.log(`${formatTable([header, ...rows], [1, 2, 3, 4, 5, 6, 7])}\nRequests for each object.`);
  if (wasBusy(machine)) console.log('The machine was BUSY: these numbers are worth little.');
}
