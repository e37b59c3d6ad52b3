import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from '../../../local/local-error.ts';
import { ensurePythonEnvironment } from '../../../local/python-environment.ts';
import type { JavaBuild } from '../java-client/build.ts';
import { sealdropPort } from './build.ts';

const startTimeoutMilliseconds = 60_000;
const javaPort = 8088;
const javaTransitionPort = 8094;
const pythonPort = 8081;

/** The servers of a run: each puts one client to the suite's tests. */
export interface SuiteServers {
  /** The names to filter the suite's servers by. */
  readonly names: readonly string[];
  /** Ends them, and waits until they are gone. */
  stop(): Promise<void>;
}

/** How to start them. */
export interface SuiteServerOptions {
  readonly suiteFolder: string;
  /** Takes the Python server's environment, and what the servers print. */
  readonly cacheFolder: string;
  readonly java: JavaBuild;
  /** Their whole environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/**
 * Starts the servers of the official Java client, as it is and with the defaults of its releases before key
 * commitment; of the official Python client, which is the suite's own; and ours.
 */
export async function startServers(options: SuiteServerOptions): Promise<SuiteServers> {
  const { java, environment, cacheFolder } = options;
  const main = ['-cp', java.classPath, 'sealdrop.conformance.SuiteServer'];
  const children: ChildProcess[] = [];
  const start = (name: string, command: string, args: string[], more: Record<string, string> = {}): void => {
    const output = openSync(join(cacheFolder, `public-suite-${name}.log`), 'w');
    const stdio = ['pipe', output, output] as const;
    children.push(spawn(command, args, { env: { ...environment, ...more }, stdio: [...stdio] }));
    closeSync(output);
  };
  const stop = async (): Promise<void> => {
    for (const child of children) {
      child.stdin?.end();
      if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit');
    }
  };
  try {
    start('java', java.java, [...main, String(javaPort)]);
    start('java-transition', java.java, [...main, String(javaTransitionPort), 'transition']);
    const { python, script } = await pythonServer(options);
    start('python', python, [script]);
    const ports = [javaPort, javaTransitionPort, pythonPort, sealdropPort];
    const port = String(sealdropPort);
    start('sealdrop', process.execPath, [join(import.meta.dirname, 'sealdrop-server.ts')], { PORT: port });
    await Promise.all(ports.map(waitForPort));
  } catch (error) {
    await stop();
    throw error;
  }
  return { names: ['java', 'python', 'sealdrop'], stop };
}

/** The suite's own server for Python, with a KMS key in any Region. */
async function pythonServer(options: SuiteServerOptions): Promise<{ python: string; script: string }> {
  const { suiteFolder, cacheFolder, log } = options;
  const python = await ensurePythonEnvironment({
    purpose: "the suite's Python server",
    requirementsFile: join(import.meta.dirname, 'requirements.txt'),
    cacheFolder,
    log,
  });
  const source = await readFile(join(suiteFolder, 'test-server/python-v4-server/src/main.py'), 'utf8');
  const script = join(cacheFolder, 'public-suite-python-server.py');
  await writeFile(script, source.replace(', region_name="us-west-2"', ''));
  return { python, script };
}

async function waitForPort(port: number): Promise<void> {
  const deadline = Date.now() + startTimeoutMilliseconds;
  while (!(await listens(port))) {
    if (Date.now() > deadline)
      throw new LocalError(`nothing listens on port ${port}`, 'see what the servers have printed');
    await sleep(200);
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, 'localhost');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => {
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  }).finally(() => socket.destroy());
}
