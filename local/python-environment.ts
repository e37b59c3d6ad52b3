import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from './local-error.ts';

const execute = promisify(execFile);

const interpreters = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];
const describeInterpreter =
  'import ensurepip, sys, venv; print(sys.version_info >= (3, 10), sys.version.split()[0], sys.executable)';

/** A virtual environment to be made. */
export interface PythonEnvironment {
  /** What it is for, as the user is told: "the local emulator". */
  readonly purpose: string;
  /** Pins every package with its hashes. */
  readonly requirementsFile: string;
  /** Takes the environment; several may share it. */
  readonly cacheFolder: string;
  /** Hears of what takes a while. */
  readonly log: (line: string) => void;
}

/**
 * The Python of a virtual environment that holds exactly what a requirements file pins, made where it is not
 * there yet. One that was half made when something stopped it is never used.
 *
 * @returns the path of the environment's Python
 * @throws {@link LocalError} where this machine has no fitting Python, or the packages cannot be installed.
 */
export async function ensurePythonEnvironment({
  purpose,
  requirementsFile,
  cacheFolder,
  log,
}: PythonEnvironment): Promise<string> {
  const { command, version } = await findInterpreter(purpose);
  const pinned = createHash('sha256')
    .update(version)
    .update(await readFile(requirementsFile))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder, `python-${pinned}`);
  const python = pythonOf(folder);
  if (existsSync(python)) return python;
  log(`installing ${purpose} with Python ${version} (once)`);
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandoned(cacheFolder);
  const partial = `${folder}.${process.pid}.partial`;
  try {
    await install(command, partial, { purpose, requirementsFile });
    await rename(partial, folder).catch((error: unknown) => {
      // Another run of this was quicker.
      if (!existsSync(python)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return python;
}

function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python');
}

async function findInterpreter(purpose: string): Promise<{ command: string; version: string }> {
  const found: string[] = [];
  for (const name of interpreters) {
    const [fits, version, command] = await execute(name, ['-c', describeInterpreter]).then(
      ({ stdout }) => stdout.trim().split(' '),
      () => [],
    );
    if (fits === 'True' && version !== undefined && command !== undefined) return { command, version };
    if (version !== undefined) found.push(version);
  }
  throw new LocalError(
    found.length === 0
      ? `${purpose} needs Python 3.10 or later with its venv module, and none was found`
      : `${purpose} needs Python 3.10 or later, and only ${found.join(', ')} was found`,
    'install Python from python.org or your package manager (on Debian and Ubuntu also python3-venv)',
  );
}

async function install(
  command: string,
  folder: string,
  { purpose, requirementsFile }: Pick<PythonEnvironment, 'purpose' | 'requirementsFile'>,
): Promise<void> {
  try {
    await execute(command, ['-m', 'venv', folder]);
    await execute(
      pythonOf(folder),
      ['-m', 'pip', 'install', '--require-hashes', '--no-input', '--quiet', '-r', requirementsFile],
      { env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' }, maxBuffer: 16 * 1024 * 1024 },
    );
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new LocalError(
      `${purpose} could not be installed:\n${printed.trimEnd().split('\n').slice(-10).join('\n')}`,
      'check that this machine reaches a Python package index, then run the command again',
      { cause: error },
    );
  }
}

/** Removes what runs that are no longer there have left half made. */
async function removeAbandoned(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const pid = /^python-[0-9a-f]+\.(\d+)\.partial$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) {
      await rm(join(cacheFolder, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
