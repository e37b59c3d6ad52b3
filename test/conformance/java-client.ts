import { spawn } from 'node:child_process';
import { DriverProcess } from './driver-process.ts';
import type { JavaBuild } from './java-client/build.ts';
import type { PeerClient } from './peer-client.ts';

/** How to start a driver. */
export interface JavaClientOptions {
  /** Its whole environment: names endpoint, Region, credentials, and in `NODE_EXTRA_CA_CERTS` whom to trust. */
  readonly environment: NodeJS.ProcessEnv;
  /** How long one request may take. Default: 60. */
  readonly timeoutSeconds?: number;
}

/** Starts a driver of the official Java client. It ends when this process does. */
export function startJavaClient(
  { java, classPath }: JavaBuild,
  { environment, timeoutSeconds = 60 }: JavaClientOptions,
): PeerClient {
  // Started for a few seconds of work, so the first compiler alone, and the plainest collector.
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const child = spawn(java, [...options, '-cp', classPath, 'sealdrop.conformance.Main'], {
    env: environment,
  });
  return new DriverProcess('the official Java client', child, timeoutSeconds);
}
