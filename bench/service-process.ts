import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from '../local/local-error.ts';

const endTimeoutMilliseconds = 10_000;
const startTimeoutMilliseconds = 30_000;

/** What is started, and how. */
export interface ProcessToStart {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
}

const running = new Set<ChildProcess>();

// Whatever ends this process, nothing that it started stays behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    process.exit(code);
  });
}

/** Starts a process that ends when this one does. */
export function startProcess(what: ProcessToStart): ChildProcess {
  const child = spawn(what.command, what.arguments, { env: what.environment, stdio: what.stdio });
  running.add(child);
  child.once('close', () => running.delete(child));
  // One that could not be started is seen by whoever waits for its first answer.
  child.once('error', () => running.delete(child));
  return child;
}

/** Ends a process and waits for it; by force where it takes too long. */
export async function endProcess(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (hasEnded(child)) return;
    child.kill(signal);
    await Promise.race([once(child, 'close'), sleep(endTimeoutMilliseconds, undefined, { ref: false })]);
  }
}

/** Whether a process is gone, or was never there. */
export function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/**
 * Waits until a server answers at `url` with success.
 *
 * @throws {@link LocalError} where its process ends first, or it stays silent.
 */
export async function waitUntilAnswering(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMilliseconds;
  while (!hasEnded(child) && Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) return;
    await sleep(50);
  }
  throw new LocalError(`${child.spawnfile} does not answer`, `what it printed is in ${logFile}`);
}

/** A port of the loopback address that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
