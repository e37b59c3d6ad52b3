import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from './local-error.ts';

const launcher = join(import.meta.dirname, 'emulator', 'launch.py');
const startTimeoutMilliseconds = 60_000;
const endTimeoutMilliseconds = 10_000;
const pollMilliseconds = 50;

/** How to start an emulator's process. */
export interface ProcessToStart {
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether it outlives this process; otherwise it ends when this process does, however that ends. */
  readonly detached: boolean;
}

/** Starts an emulator in a process group of its own, with what it prints in the log file (overwritten). */
export function startProcess({ python, environment, logFile, detached }: ProcessToStart): ChildProcess {
  const output = openSync(logFile, 'w');
  try {
    const child = spawn(python, [launcher, ...(detached ? [] : ['--until-stdin-closes'])], {
      env: environment,
      detached: true,
      stdio: [detached ? 'ignore' : 'pipe', output, output],
    });
    child.unref();
    // A pipe to a child is a socket; open for as long as this process is there, without keeping it there.
    (child.stdin as Socket | null)?.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/**
 * Waits until an emulator that was just started answers.
 *
 * @param ca - the authority that its certificate must come from, PEM
 * @throws {@link LocalError} with the last lines of its log where it dies or stays silent.
 */
export async function waitUntilHealthy(
  child: ChildProcess,
  endpointUrl: string,
  ca: string,
  logFile: string,
): Promise<void> {
  const failed = once(child, 'exit').catch(() => {
    // It could not even be started; it has no process id, which is seen below.
  });
  const deadline = Date.now() + startTimeoutMilliseconds;
  while (Date.now() < deadline) {
    const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (ended) break;
    if (await isHealthy(endpointUrl, ca)) return;
    await Promise.race([sleep(pollMilliseconds), failed]);
  }
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  throw new LocalError(
    `the local emulator ${Date.now() < deadline ? 'ended as it started' : 'does not answer'}:\n${lines}`,
    `the whole output is in ${logFile}`,
  );
}

/** Whether an emulator whose certificate comes from this authority answers there. */
export async function isHealthy(endpointUrl: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      new URL('/_ministack/ready', endpointUrl),
      { ca, agent: false, timeout: 2_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => {
      resolve(false);
    });
    asked.end();
  });
}

/**
 * Ends an emulator and all that it started, which is its process group, and waits for it; by force where it
 * takes too long.
 *
 * @param pid - the emulator's own
 */
export async function endProcessGroup(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!signalGroup(pid, signal)) return;
    const deadline = Date.now() + endTimeoutMilliseconds;
    while (Date.now() < deadline) {
      await sleep(pollMilliseconds);
      if (!signalGroup(pid, 0)) return;
    }
  }
}

/** Signals the group; false where nothing of it is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
