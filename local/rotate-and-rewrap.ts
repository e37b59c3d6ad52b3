import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3ObjectStore } from '../aws/index.ts';
import { recordsWrapping } from '../operations/records.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import { formatTable } from './format.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';
import type { Progress } from './progress.ts';
import { lookUpEvents } from './trail.ts';

const patienceMilliseconds = 240_000;

/**
 * Rotates the material of the wrapping key and waits until the schedule has moved every file's data key to
 * it.
 *
 * @returns the calls that the trail has of the rewrap run, as a table
 * @throws {@link LocalError} where the schedule does not get there.
 */
export async function rotateAndRewrap(
  dropped: readonly DroppedFile[],
  clients: LocalClients,
  outputs: VaultOutputs,
  progress: Progress,
): Promise<string> {
  const before = await currentMaterial(clients, outputs);
  await clients.kms.send(new RotateKeyOnDemandCommand({ KeyId: outputs.WrappingKeyArn }));
  const giveUpAt = Date.now() + patienceMilliseconds;
  let material = before;
  while (material === before) {
    material = await currentMaterial(clients, outputs);
    if (material === before) await sleep(500);
    assertBefore(giveUpAt, 'the key was not rotated');
  }
  progress.show('rotated the key; waiting for the schedule, which fires every minute');
  const store = new S3ObjectStore({ client: clients.s3 });
  const current = { keyArn: outputs.WrappingKeyArn, keyMaterialId: material };
  let waiting = dropped;
  while (waiting.length > 0) {
    const heads = await Promise.all(
      waiting.map(({ key }) => store.head({ bucket: outputs.SealedBucketName, key })),
    );
    waiting = waiting.filter((_, index) => !recordsWrapping(heads[index]?.metadata ?? {}, current));
    if (waiting.length < dropped.length) {
      progress.show(`rewrapped ${dropped.length - waiting.length} of ${dropped.length} files`);
    }
    assertBefore(giveUpAt, `${waiting.length} files were not rewrapped`);
    if (waiting.length > 0) await sleep(1_000);
  }
  return formatTable(await callsOfRotator(clients), [1]);
}

async function currentMaterial({ kms }: LocalClients, { WrappingKeyArn }: VaultOutputs): Promise<string> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn }));
  if (KeyMetadata?.CurrentKeyMaterialId === undefined) throw new Error('KMS names no current key material');
  return KeyMetadata.CurrentKeyMaterialId;
}

/** The names of KMS calls, and how often the rotator made each. */
async function callsOfRotator(clients: LocalClients): Promise<string[][]> {
  const names = ['ReEncrypt', 'Decrypt', 'GenerateDataKey'];
  const events = await Promise.all(names.map((name) => lookUpEvents(clients, name)));
  return names.map((name, index) => {
    const byRotator = events[index]?.filter(({ caller }) => caller.includes('Rotator')) ?? [];
    return [`${name} by the rotator`, String(byRotator.length)];
  });
}

function assertBefore(giveUpAt: number, what: string): void {
  if (Date.now() < giveUpAt) return;
  throw new LocalError(
    `${what} within ${patienceMilliseconds / 1000} seconds`,
    'read emulator.log in the folder .sealdrop',
  );
}
