import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from '../local/local-error.ts';
import { endProcess, freePort, startProcess, waitUntilAnswering } from './service-process.ts';

const execute = promisify(execFile);

/** MinIO, of which Go's checksum database and this sum vouch for the source. */
const minio = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  sum: 'h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=',
};

/** A running S3 server. */
export interface S3Server {
  readonly endpointUrl: string;
  readonly stop: () => Promise<void>;
}

/** What an S3 server is started with. */
export interface S3ServerOptions {
  /** The program of {@link ensureS3Server}. */
  readonly program: string;
  /** Takes the objects; made, and removed in the end. */
  readonly dataFolder: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  /** Takes what it prints. */
  readonly logFile: string;
}

/**
 * A fast S3 server, built where it is not there yet.
 *
 * @param cacheFolder - takes the program; several runs may share it
 * @param log - hears of what takes a while
 * @returns the path of the program
 * @throws {@link LocalError} where Go is missing, or cannot build it.
 */
export async function ensureS3Server(cacheFolder: string, log: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder, `minio-${minio.version.slice(-12)}`);
  const program = join(folder, 'minio');
  if (existsSync(program)) return program;
  const go = await execute('go', ['version']).catch((error: unknown) => {
    throw new LocalError(
      'the benchmark builds its S3 server (MinIO) from source, and Go was not found',
      'install Go 1.24 or later from go.dev or your package manager, then run the command again',
      { cause: error },
    );
  });
  log(`building the S3 server with ${go.stdout.trim()} (once, a few minutes)`);
  const partial = `${folder}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    await build(partial);
    await rename(partial, folder).catch((error: unknown) => {
      // Another run of this was quicker.
      if (!existsSync(program)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return program;
}

async function build(folder: string): Promise<void> {
  const program = join(folder, 'minio');
  try {
    await execute('go', ['install', '-trimpath', '-ldflags=-s -w', `${minio.module}@${minio.version}`], {
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new LocalError(
      `the S3 server could not be built:\n${printed.trimEnd().split('\n').slice(-10).join('\n')}`,
      'check that this machine reaches a Go module proxy, then run the command again',
      { cause: error },
    );
  }
  const { stdout } = await execute('go', ['version', '-m', program]);
  const built = stdout.split('\n').map((line) => line.trim().split('\t'));
  if (!built.some(([kind, module, , sum]) => kind === 'mod' && module === minio.module && sum === minio.sum))
    throw new LocalError('the S3 server was not built from the pinned source', 'check the Go module proxy');
}

/** Starts the S3 server on the loopback address; it ends when this process does. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { program, dataFolder, credentials, region, logFile } = options;
  await mkdir(dataFolder, { recursive: true });
  const address = `127.0.0.1:${await freePort()}`;
  const output = openSync(logFile, 'w');
  const child = startProcess({
    command: program,
    arguments: ['server', '--quiet', '--address', address, dataFolder],
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: dataFolder,
      MINIO_ROOT_USER: credentials.accessKeyId,
      MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
      MINIO_REGION: region,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      // Without it, MinIO refuses to keep its objects in memory or on the system's own disk.
      MINIO_CI_CD: '1',
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const stop = async (): Promise<void> => {
    await endProcess(child);
    await rm(dataFolder, { recursive: true, force: true });
  };
  const endpointUrl = `http://${address}`;
  try {
    await waitUntilAnswering(child, `${endpointUrl}/minio/health/ready`, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpointUrl, stop };
}
