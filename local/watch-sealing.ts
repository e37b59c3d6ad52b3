import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { S3ObjectStore } from '../aws/index.ts';
import { headIfThere } from '../operations/head-if-there.ts';
import { recordedSource } from '../operations/records.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';

/** How long nothing may happen before the pipeline counts as stuck. */
const patienceMilliseconds = 180_000;
/** How many files are looked at in one round. */
const filesPerRound = 100;

/** Files that are being dropped and sealed. */
export interface SealingToWatch {
  /** Grows while files are dropped. */
  readonly dropped: readonly DroppedFile[];
  /** Whether it grows no more. */
  readonly allDropped: () => boolean;
  readonly clients: LocalClients;
  readonly outputs: VaultOutputs;
  /** Hears of every round: how many files were sealed until then, and their bytes. */
  readonly onRound: (sealedFiles: number, sealedBytes: number) => void;
}

/**
 * Waits until every dropped file was sealed.
 *
 * @returns when each was seen sealed, in milliseconds, by its key
 * @throws {@link LocalError} where a drop arrives in the dead-letter queue, or nothing happens for long.
 */
export async function watchSealing(toWatch: SealingToWatch): Promise<ReadonlyMap<string, number>> {
  const { dropped, clients, outputs } = toWatch;
  const store = new S3ObjectStore({ client: clients.s3 });
  const sealedAt = new Map<string, number>();
  let sealedBytes = 0;
  let lastChange = Date.now();
  while (!toWatch.allDropped() || sealedAt.size < dropped.length) {
    const waiting = dropped.filter(({ key }) => !sealedAt.has(key)).slice(0, filesPerRound);
    const isDone = await Promise.all(waiting.map((file) => isSealed(store, outputs.SealedBucketName, file)));
    for (const { key, lengthBytes } of waiting.filter((_, index) => isDone[index])) {
      sealedAt.set(key, Date.now());
      sealedBytes += lengthBytes;
    }
    if (waiting.length === 0 || isDone.includes(true)) lastChange = Date.now();
    toWatch.onRound(sealedAt.size, sealedBytes);
    await failOnDeadLetter(clients, outputs);
    assertNotStuck(lastChange, waiting[0]);
    await sleep(100);
  }
  return sealedAt;
}

async function isSealed(store: S3ObjectStore, bucket: string, file: DroppedFile): Promise<boolean> {
  const object = await headIfThere(store, { bucket, key: file.key });
  return object !== undefined && recordedSource(object.metadata)?.versionId === file.versionId;
}

async function failOnDeadLetter({ sqs }: LocalClients, { DeadLetterQueueUrl }: VaultOutputs): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: DeadLetterQueueUrl,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 1,
    }),
  );
  const letter = Messages[0];
  if (letter === undefined) return;
  const attribute = (name: string): string => letter.MessageAttributes?.[name]?.StringValue ?? 'not said';
  throw new LocalError(
    `a drop could not be sealed: ${attribute('error-code')}: ${attribute('error-message')}`,
    attribute('error-hint'),
  );
}

function assertNotStuck(lastChange: number, waiting: DroppedFile | undefined): void {
  if (waiting === undefined || Date.now() - lastChange < patienceMilliseconds) return;
  throw new LocalError(
    `nothing was sealed for ${patienceMilliseconds / 1000} seconds; waiting for ${waiting.key}`,
    'read emulator.log in the folder .sealdrop',
  );
}
