import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3ObjectStore } from '../aws/index.ts';
import { recordsWrapping } from '../operations/records.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import { formatTable } from './format.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';
import { lookUpEvents } from './trail.ts';

const patienceMilliseconds = 60_000;

/**
 * Rotates the material of the wrapping key and has every file's data key moved to it, as the schedule does
 * by itself.
 *
 * @returns the calls that the trail has of the rewrap run, as a table
 * @throws {@link LocalError} where a file is not on the new material afterwards.
 */
export async function rotateAndRewrap(
  dropped: readonly DroppedFile[],
  clients: LocalClients,
  outputs: VaultOutputs,
): Promise<string> {
  const keyMaterialId = await rotate(clients, outputs);
  const { Payload, FunctionError } = await clients.lambda.send(
    new InvokeCommand({ FunctionName: outputs.RewrapFunctionName }),
  );
  const report = Payload?.transformToString() ?? '';
  if (FunctionError !== undefined) throw notRewrapped(report);

  const store = new S3ObjectStore({ client: clients.s3 });
  const current = { keyArn: outputs.WrappingKeyArn, keyMaterialId };
  for (const { key } of dropped) {
    const { metadata } = await store.head({ bucket: outputs.SealedBucketName, key });
    if (!recordsWrapping(metadata, current)) throw notRewrapped(`${key} is on older material; ${report}`);
  }
  return formatTable(await callsOfRotator(clients), [1]);
}

/** Asks KMS for new material, and waits until it is the current one; resolves to its id. */
async function rotate(clients: LocalClients, outputs: VaultOutputs): Promise<string> {
  const before = await currentMaterial(clients, outputs);
  await clients.kms.send(new RotateKeyOnDemandCommand({ KeyId: outputs.WrappingKeyArn }));
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (;;) {
    const material = await currentMaterial(clients, outputs);
    if (material !== before) return material;
    if (Date.now() > giveUpAt) throw notRewrapped('the key was not rotated');
    await sleep(500);
  }
}

async function currentMaterial({ kms }: LocalClients, { WrappingKeyArn }: VaultOutputs): Promise<string> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn }));
  if (KeyMetadata?.CurrentKeyMaterialId === undefined) throw new Error('KMS names no current key material');
  return KeyMetadata.CurrentKeyMaterialId;
}

/** The names of calls, and how often the rotator made each. */
async function callsOfRotator(clients: LocalClients): Promise<string[][]> {
  const names = ['ReEncrypt', 'CopyObject', 'GetObject', 'Decrypt', 'GenerateDataKey'];
  const events = await Promise.all(names.map((name) => lookUpEvents(clients, name)));
  return names.map((name, index) => {
    const byRotator = events[index]?.filter(({ caller }) => caller.includes('Rotator')) ?? [];
    return [`${name} by the rotator`, String(byRotator.length)];
  });
}

function notRewrapped(why: string): LocalError {
  return new LocalError(`the files were not rewrapped: ${why}`, 'read emulator.log in the folder .sealdrop');
}
