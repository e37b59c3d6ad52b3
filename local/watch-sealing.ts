import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3ObjectStore, SealdropError } from '../aws/index.ts';
import { recordedSource } from '../operations/records.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import { formatBytes } from './format.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';
import type { Progress } from './progress.ts';

/** How long nothing may happen before the pipeline counts as stuck. */
const patienceMilliseconds = 180_000;
/** How many files are looked at in one round. */
const filesPerRound = 100;

/**
 * Waits until every dropped file was sealed.
 *
 * @returns when each was seen sealed, in milliseconds, by its key
 * @throws {@link LocalError} where a drop arrives in the dead-letter queue, or nothing happens for long.
 */
export async function watchSealing(
  dropped: readonly DroppedFile[],
  clients: LocalClients,
  outputs: VaultOutputs,
  progress: Progress,
): Promise<ReadonlyMap<string, number>> {
  const store = new S3ObjectStore({ client: clients.s3 });
  const sealedAt = new Map<string, number>();
  let lastChange = Date.now();
  while (sealedAt.size < dropped.length) {
    const waiting = dropped.filter((file) => !sealedAt.has(file.key)).slice(0, filesPerRound);
    const sealed = await Promise.all(waiting.map((file) => isSealed(store, outputs.SealedBucketName, file)));
    waiting.filter((_, index) => sealed[index]).forEach(({ key }) => sealedAt.set(key, Date.now()));
    if (sealed.includes(true)) lastChange = Date.now();
    const bytes = dropped
      .filter(({ key }) => sealedAt.has(key))
      .reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    progress.show(`sealed ${sealedAt.size} of ${dropped.length} files, ${formatBytes(bytes)}`);
    await failOnDeadLetter(clients, outputs);
    if (Date.now() - lastChange > patienceMilliseconds) {
      throw new LocalError(
        `nothing was sealed for ${patienceMilliseconds / 1000} seconds; waiting for ${waiting[0]?.key ?? ''}`,
        'read the log of the emulator, whose place is named above',
      );
    }
    if (sealedAt.size < dropped.length) await sleep(250);
  }
  return sealedAt;
}

async function isSealed(store: S3ObjectStore, bucket: string, file: DroppedFile): Promise<boolean> {
  try {
    const { metadata } = await store.head({ bucket, key: file.key });
    return recordedSource(metadata)?.versionId === file.versionId;
  } catch (error) {
    if (error instanceof SealdropError && error.code === 'OBJECT_NOT_FOUND') return false;
    throw error;
  }
}

async function failOnDeadLetter({ sqs }: LocalClients, { DeadLetterQueueUrl }: VaultOutputs): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: DeadLetterQueueUrl,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 1,
    }),
  );
  const attributes = Messages[0]?.MessageAttributes;
  if (Messages.length === 0) return;
  throw new LocalError(
    `a drop could not be sealed: ${attributes?.['error-code']?.StringValue ?? 'no code'}: ` +
      (attributes?.['error-message']?.StringValue ?? 'no reason'),
    attributes?.['error-hint']?.StringValue ?? 'read the message in the dead-letter queue',
  );
}
