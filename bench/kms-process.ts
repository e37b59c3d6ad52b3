import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess, startProcess } from './service-process.ts';

/** A running KMS with one key. */
export interface KmsServer {
  readonly endpointUrl: string;
  readonly keyArn: string;
  readonly stop: () => Promise<void>;
}

/** Starts the benchmark's KMS in a process of its own, so that no contender's time has any of it. */
export async function startKmsServer(): Promise<KmsServer> {
  const child = startProcess({
    command: process.execPath,
    arguments: [join(import.meta.dirname, 'kms-server.ts')],
    environment: { PATH: process.env['PATH'] ?? '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the KMS has no standard output');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'close').then(() => Promise.reject(new Error('the KMS ended as it started'))),
  ])) as [string];
  const told = JSON.parse(line) as Pick<KmsServer, 'endpointUrl' | 'keyArn'>;
  return { ...told, stop: () => endProcess(child) };
}

/** Gives the key new material. */
export async function rotateKey({ endpointUrl, keyArn }: KmsServer): Promise<void> {
  const { ok, status } = await fetch(endpointUrl, {
    method: 'POST',
    headers: { 'x-amz-target': 'TrentService.RotateKeyOnDemand' },
    body: JSON.stringify({ KeyId: keyArn }),
  });
  if (!ok) throw new Error(`the KMS answered ${status}`);
}
