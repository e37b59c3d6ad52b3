import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { KmsKeyring, S3ObjectStore, sealDrop } from '../aws/index.ts';
import { startEmulator, type Emulator } from '../local/emulator.ts';
import { formatBytes, formatTable } from '../local/format.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../local/local-clients.ts';

// The peak memory of a process that seals one object, for objects of several sizes.

const sizes = [1, 300 * 2 ** 20, 2 * 2 ** 30];
const [source, sealed] = ['bench-source', 'bench-sealed'];

/** What the measured process is told. */
interface Task {
  readonly emulator: Emulator;
  readonly keyId: string;
  readonly key: string;
}

if (process.argv[2] === 'task') await sealOne(JSON.parse(process.argv[3] ?? '') as Task);
else await measure();

async function sealOne({ emulator, keyId, key }: Task): Promise<void> {
  const { s3, kms } = createLocalClients(emulator, administratorOf(emulator));
  const outcome = await sealDrop(
    { bucket: source, key, sequencer: '01' },
    {
      store: new S3ObjectStore({ client: s3 }),
      keyring: new KmsKeyring({ keyId, client: kms }),
      vault: { vaultId: 'bench', binding: 'object' },
      sealedBucket: sealed,
      sealedPrefix: '',
      handover: 'keep',
    },
  );
  console.log(JSON.stringify({ ...outcome, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

async function measure(): Promise<void> {
  const cacheFolder = join(import.meta.dirname, '..', '.sealdrop', 'bench');
  await mkdir(cacheFolder, { recursive: true });
  const emulator = await startEmulator({
    cacheFolder,
    log: (line) => {
      console.error(`  ${line}`);
    },
  });
  try {
    const clients = createLocalClients(emulator, administratorOf(emulator));
    for (const Bucket of [source, sealed]) await clients.s3.send(new CreateBucketCommand({ Bucket }));
    const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({}));
    const rows = [];
    for (const size of sizes) {
      const key = `object-${size}`;
      await put(clients, key, size);
      const task: Task = { emulator, keyId: KeyMetadata?.Arn ?? '', key };
      rows.push([formatBytes(size), formatBytes(await peakBytesOf(task)), await sealedSize(clients, key)]);
    }
    console.log(formatTable([['object', 'peak memory', 'sealed'], ...rows], [0, 1, 2]));
  } finally {
    await emulator.stop();
  }
}

async function peakBytesOf(task: Task): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    import.meta.filename,
    'task',
    JSON.stringify(task),
  ]);
  const result = JSON.parse(stdout) as { status: string; peakBytes: number };
  if (result.status !== 'sealed') throw new Error(`not sealed but ${result.status}`);
  return result.peakBytes;
}

async function put({ s3 }: LocalClients, key: string, lengthBytes: number): Promise<void> {
  const Body = Readable.from(noise(lengthBytes), { objectMode: false });
  await new Upload({
    client: s3,
    params: { Bucket: source, Key: key, Body },
    partSize: 16 * 2 ** 20,
  }).done();
}

async function sealedSize({ s3 }: LocalClients, key: string): Promise<string> {
  const { ContentLength = 0 } = await s3.send(new HeadObjectCommand({ Bucket: sealed, Key: key }));
  return `${ContentLength} bytes`;
}

function* noise(lengthBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));
  for (let left = lengthBytes; left > 0; left -= 2 ** 20)
    yield cipher.update(Buffer.alloc(Math.min(left, 2 ** 20)));
}
