import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureCertificate, writeCaBundle } from './emulator-certificate.ts';
import { accountId, clientEnvironment, emulatorEnvironment, region } from './emulator-environment.ts';
import { endProcessGroup, isHealthy, startProcess, waitUntilHealthy } from './emulator-process.ts';
import { startKmsProxy, type KmsProxy } from './kms-proxy.ts';
import type { KmsProxyAddress } from './kms-proxy-control.ts';
import { ensurePythonEnvironment } from './python-environment.ts';

const usualPort = 4566;

/** A running emulator of AWS on this machine, with TLS and with IAM enforced. */
export interface Emulator {
  /** `https://127.0.0.1:PORT`; an address, so that the SDKs use path-style addresses for S3. */
  readonly endpointUrl: string;
  /** A PEM bundle of what this process's environment trusts, and the emulator's authority. */
  readonly caFile: string;
  readonly region: string;
  readonly accountId: string;
  /** The whole environment of a child process that is to reach the emulator as its administrator. */
  readonly environment: Readonly<Record<string, string>>;
  /** What stands between its functions and KMS, where that was asked for. */
  readonly kmsProxy?: KmsProxyAddress;
  /** Ends it, with the functions it runs, and waits until it is gone. */
  stop(): Promise<void>;
}

/** How to start an emulator. */
export interface EmulatorOptions {
  /** Takes its Python environment, certificate and state; runs at one time may share it. */
  readonly cacheFolder: string;
  /** Where to listen; another free port is taken where this one is not free. Default: 4566. */
  readonly preferredPort?: number;
  /** Takes what it prints; overwritten. Default: `emulator.log` in the cache folder. */
  readonly logFile?: string;
  /** Hears of what takes a while. */
  readonly log: (line: string) => void;
  /**
   * Whether it goes on when this process ends, to be found by {@link findRunningEmulator}; the one that was
   * left there before it, if any, is ended. Default: no.
   */
  readonly detached?: boolean;
  /**
   * Whether its functions reach KMS through a proxy that can cut it off. The proxy ends with this process, so a
   * detached emulator gets none. Default: no.
   */
  readonly kmsProxy?: boolean;
}

/** What a detached emulator leaves in its cache folder for later processes. */
interface State {
  readonly pid: number;
  readonly endpointUrl: string;
  readonly caFile: string;
  readonly authorityFile: string;
  readonly temporaryFolder: string;
}

/**
 * Starts an emulator and waits until it answers. It ends when this process does, unless it is detached.
 *
 * @throws {@link LocalError} where this machine lacks what it needs, or where it does not come up.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { cacheFolder, log, detached = false } = options;
  const logFile = options.logFile ?? join(cacheFolder, 'emulator.log');
  if (detached) await (await findRunningEmulator(cacheFolder))?.stop();
  const python = await ensurePythonEnvironment({
    purpose: 'the local emulator',
    requirementsFile: join(import.meta.dirname, 'emulator', 'requirements.txt'),
    cacheFolder,
    log,
  });
  const folder = join(cacheFolder, 'emulator');
  const port = await freePort(options.preferredPort ?? usualPort);
  const endpointUrl = `https://127.0.0.1:${port}`;
  // Whoever was left running there is gone, since the port is free.
  if ((await readState(cacheFolder))?.endpointUrl === endpointUrl)
    await rm(stateFile(cacheFolder), { force: true });
  const temporaryFolder = join(folder, `temporary-${port}`);
  await rm(temporaryFolder, { recursive: true, force: true });
  await mkdir(temporaryFolder, { recursive: true });
  // Functions are unpacked below it; without this, Node would take this project's package.json for theirs.
  await writeFile(join(temporaryFolder, 'package.json'), '{"type":"commonjs"}');
  const certificate = await ensureCertificate(join(folder, 'certificate'), python);
  const caFile = join(folder, 'ca-bundle.pem');
  await writeCaBundle(caFile, certificate.authorityFile);
  const kmsProxy =
    options.kmsProxy === true && !detached
      ? await startKmsProxy({ upstreamUrl: endpointUrl, certificate })
      : undefined;
  const kmsEndpointUrl = kmsProxy?.endpointUrl;
  const child = startProcess({
    python,
    environment: emulatorEnvironment({ python, port, temporaryFolder, certificate, caFile, kmsEndpointUrl }),
    logFile,
    detached,
  });
  const state: State = {
    pid: child.pid ?? 0,
    endpointUrl,
    caFile,
    authorityFile: certificate.authorityFile,
    temporaryFolder,
  };
  try {
    const ca = await readFile(certificate.authorityFile, 'utf8');
    await waitUntilHealthy(child, endpointUrl, ca, logFile);
  } catch (error) {
    await kmsProxy?.stop();
    await end(state);
    throw error;
  }
  if (detached) await writeFile(stateFile(cacheFolder), JSON.stringify(state), { mode: 0o600 });
  return emulatorOf(state, cacheFolder, kmsProxy);
}

/** The emulator that was started detached with this cache folder and still answers, if there is one. */
export async function findRunningEmulator(cacheFolder: string): Promise<Emulator | undefined> {
  const state = await readState(cacheFolder);
  if (state === undefined) return undefined;
  // Only the process that holds the certificate's key answers to its authority: its id is still its own.
  const ca = existsSync(state.authorityFile) ? await readFile(state.authorityFile, 'utf8') : '';
  if (ca !== '' && (await isHealthy(state.endpointUrl, ca))) return emulatorOf(state, cacheFolder);
  await rm(stateFile(cacheFolder), { force: true });
  return undefined;
}

function stateFile(cacheFolder: string): string {
  return join(cacheFolder, 'emulator', 'running.json');
}

async function readState(cacheFolder: string): Promise<State | undefined> {
  const file = stateFile(cacheFolder);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as State) : undefined;
}

function emulatorOf(state: State, cacheFolder: string, kmsProxy?: KmsProxy): Emulator {
  const { endpointUrl, caFile } = state;
  return {
    endpointUrl,
    caFile,
    region,
    accountId,
    environment: clientEnvironment({ endpointUrl, caFile }),
    ...(kmsProxy === undefined ? {} : { kmsProxy }),
    stop: async () => {
      await end(state);
      await kmsProxy?.stop();
      const kept = await readState(cacheFolder);
      if (kept?.pid === state.pid) await rm(stateFile(cacheFolder), { force: true });
    },
  };
}

async function end(state: State): Promise<void> {
  if (state.pid > 0) await endProcessGroup(state.pid);
  await rm(state.temporaryFolder, { recursive: true, force: true });
}

/** The preferred port where it is free on the loopback address, otherwise one that is. */
async function freePort(preferred: number): Promise<number> {
  return (await tryPort(preferred)) ?? (await tryPort(0)) ?? preferred;
}

async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}
