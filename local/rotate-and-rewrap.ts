import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3ObjectStore } from '../aws/index.ts';
import { recordsWrapping } from '../operations/records.ts';
import { callsOfRun } from './calls-of-run.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import { formatTable } from './format.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';
import { runTo, summaryOf, type RewrapRun, type StoredSummary } from './rewrap-runs.ts';

const patienceMilliseconds = 60_000;

/** What a rotation led to. */
export interface Rewrapped {
  readonly run: RewrapRun;
  readonly summary: StoredSummary;
  /** The calls that the trail has of the run, as a table. */
  readonly calls: string;
}

/**
 * Rotates the material of the wrapping key, and waits for the run that KMS's event starts: every file's data key
 * is moved to it.
 *
 * @throws {@link LocalError} where a file is not on the new material afterwards, or something else was called.
 */
export async function rotateAndRewrap(
  dropped: readonly DroppedFile[],
  clients: LocalClients,
  outputs: VaultOutputs,
): Promise<Rewrapped> {
  const since = new Date();
  const keyMaterialId = await rotate(clients, outputs);
  const run = await runTo(keyMaterialId, clients, outputs, since);
  if (run.status !== 'SUCCEEDED')
    throw notRewrapped(`the run ${run.name} failed: ${run.cause ?? run.status}`);

  const store = new S3ObjectStore({ client: clients.s3 });
  const current = { keyArn: outputs.WrappingKeyArn, keyMaterialId };
  for (const { key } of dropped) {
    const { metadata } = await store.head({ bucket: outputs.SealedBucketName, key });
    if (!recordsWrapping(metadata, current)) throw notRewrapped(`${key} is on older material`);
  }
  const calls = await callsOfRun(clients, run);
  const forbidden = calls.find(
    ({ caller, eventName }) =>
      caller === 'the rotator' && /^(GetObject|Decrypt|GenerateDataKey)$/.test(eventName),
  );
  if (forbidden !== undefined) throw notRewrapped(`the rotator called ${forbidden.eventName}`);
  return {
    run,
    summary: await summaryOf(clients, outputs, run),
    calls: formatTable(
      calls.map(({ caller, eventName, times }) => [caller, eventName, String(times)]),
      [2],
    ),
  };
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

function notRewrapped(why: string): LocalError {
  return new LocalError(`the files were not rewrapped: ${why}`, 'read emulator.log in the folder .sealdrop');
}
