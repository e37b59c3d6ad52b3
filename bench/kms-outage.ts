import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { VaultOutputs } from '../local/deploy.ts';
import { startEmulator, type Emulator } from '../local/emulator.ts';
import { formatTable } from '../local/format.ts';
import { cutOffKms, reconnectKms } from '../local/kms-proxy-control.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../local/local-clients.ts';
import { deployOwnVault } from '../test/support/own-vault.ts';

// What an outage of KMS does to a vault on the local stack, with the binding "vault" and everything else as it is by
// default: steady drops, and KMS cut off in the middle, so that calls to it are never answered. Takes ten minutes.

const dropsPerSecond = 2;
const dropForSeconds = 7 * 60;
const outageFromSeconds = 60;
const outageForSeconds = 5 * 60;
const patienceSeconds = 10 * 60;

const cacheFolder = join(import.meta.dirname, '..', '.sealdrop');
await mkdir(cacheFolder, { recursive: true });
const emulator = await startEmulator({
  cacheFolder,
  kmsProxy: true,
  logFile: join(cacheFolder, 'bench-outage-emulator.log'),
  log: (line) => {
    console.error(`  ${line}`);
  },
});
try {
  const own = { emulator, folder: cacheFolder };
  const { outputs } = await deployOwnVault(own, { vaultId: 'bench-outage', binding: 'vault' });
  await measure(emulator, outputs);
} finally {
  await emulator.stop();
}

async function measure({ kmsProxy, ...on }: Emulator, outputs: VaultOutputs): Promise<void> {
  if (kmsProxy === undefined) throw new Error('no proxy stands before KMS');
  const clients = createLocalClients(on, administratorOf(on));
  const start = Date.now();
  const until = (seconds: number): Promise<void> => sleep(start + seconds * 1000 - Date.now());
  const outage = until(outageFromSeconds)
    .then(() => cutOffKms(kmsProxy, { how: 'drop' }))
    .then(() => until(outageFromSeconds + outageForSeconds))
    .then(() => reconnectKms(kmsProxy));
  const count = dropForSeconds * dropsPerSecond;
  const drops: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    await until(index / dropsPerSecond);
    drops.push(drop(clients, outputs, index));
  }
  await Promise.all([...drops, outage]);
  const sealedAt = await sealedTimes(clients, outputs, count);
  report(
    sealedAt.map((time) => (time - start) / 1000).sort((a, b) => a - b),
    count,
    await deadLetters(clients, outputs),
  );
  clients.close();
}

async function drop({ s3 }: LocalClients, { IntakeBucketName }: VaultOutputs, index: number): Promise<void> {
  await s3.send(
    new PutObjectCommand({ Bucket: IntakeBucketName, Key: `drop-${index}`, Body: 'x'.repeat(1000) }),
  );
}

/** When each object was sealed, once all are, or nobody waits any longer. */
async function sealedTimes(clients: LocalClients, outputs: VaultOutputs, count: number): Promise<number[]> {
  const giveUpAt = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const times = await listTimes(clients, outputs);
    if (times.length === count || Date.now() > giveUpAt) return times;
    await sleep(1000);
  }
}

async function listTimes({ s3 }: LocalClients, { SealedBucketName }: VaultOutputs): Promise<number[]> {
  const times: number[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: SealedBucketName,
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      }),
    );
    for (const { LastModified } of page.Contents ?? []) times.push(LastModified?.getTime() ?? 0);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return times;
}

async function deadLetters({ sqs }: LocalClients, { DeadLetterQueueUrl }: VaultOutputs): Promise<string> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: DeadLetterQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Attributes?.ApproximateNumberOfMessages ?? '?';
}

/** @param sealedAt - seconds since the start, in order */
function report(sealedAt: readonly number[], count: number, letters: string): void {
  const outageEnd = outageFromSeconds + outageForSeconds;
  const minutes = Math.ceil(Math.max(dropForSeconds, sealedAt.at(-1) ?? 0) / 60);
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const [from, to] = [minute * 60, (minute + 1) * 60];
    const dropped = Math.min(to, dropForSeconds) * dropsPerSecond;
    const sealed = sealedAt.filter((time) => time < to).length;
    const isAway = from >= outageFromSeconds && from < outageEnd;
    return [
      String(minute + 1),
      isAway ? 'away' : 'there',
      String(Math.max(0, Math.min(60, dropForSeconds - from)) * dropsPerSecond),
      String(sealedAt.filter((time) => time >= from && time < to).length),
      String(dropped - sealed),
    ];
  });
  console.log(formatTable([['minute', 'KMS', 'dropped', 'sealed', 'waiting'], ...rows], [0, 2, 3, 4]));
  const during = sealedAt.filter((time) => time >= outageFromSeconds && time < outageEnd);
  const after = sealedAt.filter((time) => time >= outageEnd);
  // Once everything that was dropped before a moment is sealed, the backlog of that moment is gone.
  const backlog = outageEnd * dropsPerSecond;
  const seconds = (time: number | undefined): string => (time ?? NaN).toFixed(0);
  console.log(`sealed during the outage: ${during.length} of ${outageForSeconds * dropsPerSecond} dropped`);
  console.log(`the last of them ${seconds((during.at(-1) ?? 0) - outageFromSeconds)} s into it`);
  console.log(
    `sealed after it: ${after.length}, the first ${seconds((after[0] ?? 0) - outageEnd)} s after its end`,
  );
  console.log(
    `as many sealed as had been dropped by its end: ${seconds((sealedAt[backlog - 1] ?? 0) - outageEnd)} s after it`,
  );
  console.log(
    `all ${sealedAt.length} of ${count} sealed: ${seconds((sealedAt.at(-1) ?? 0) - outageEnd)} s after it`,
  );
  console.log(`dead letters: ${letters}`);
}
