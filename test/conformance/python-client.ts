import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';
import { DriverProcess } from './driver-process.ts';
import type { PeerClient } from './peer-client.ts';

/** Starts a driver of the official Python client, and installs the client where it is not there yet. */
export async function startPythonClient(
  cacheFolder: string,
  environment: NodeJS.ProcessEnv,
): Promise<PeerClient> {
  const python = await ensurePythonEnvironment({
    purpose: 'the official Python client',
    requirementsFile: join(import.meta.dirname, 'requirements.txt'),
    cacheFolder,
    log: () => undefined,
  });
  const script = join(import.meta.dirname, 'python-client.py');
  return new DriverProcess('the official Python client', spawn(python, [script], { env: environment }), 60);
}
