import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from '../local/local-error.ts';

const execute = promisify(execFile);
const projectFolder = join(import.meta.dirname, 'java');

/**
 * The driver of the official Java client, built where it is not there yet.
 *
 * @param cacheFolder - takes the driver and all it needs; several runs may share it
 * @param log - hears of what takes a while
 * @returns its class path
 * @throws {@link LocalError} where this machine has no JDK or no Maven, or cannot build it.
 */
export async function ensureJavaDriver(cacheFolder: string, log: (line: string) => void): Promise<string> {
  for (const [program, argument, hint] of [
    ['java', '-version', 'install a JDK, version 17 or later'],
    ['javac', '-version', 'install a JDK, version 17 or later; a runtime alone is not enough'],
    ['mvn', '--version', 'install Maven, version 3.8 or later'],
  ] as const) {
    await execute(program, [argument]).catch((error: unknown) => {
      throw new LocalError(`the official Java client needs ${program}, which was not found`, hint, {
        cause: error,
      });
    });
  }
  const folder = join(cacheFolder, `java-driver-${await sourceDigest()}`);
  const classPath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter);
  if (existsSync(folder)) return classPath;
  log('building the driver of the official Java client (once)');
  await mkdir(cacheFolder, { recursive: true });
  const partial = `${folder}.${process.pid}.partial`;
  try {
    await compile(partial);
    await rename(partial, folder).catch((error: unknown) => {
      // Another run of this was quicker.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return classPath;
}

/** Changes whenever a file of the project does. */
async function sourceDigest(): Promise<string> {
  const entries = await readdir(projectFolder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const digest = createHash('sha256');
  for (const file of files.sort()) digest.update(await readFile(file));
  return digest.digest('hex').slice(0, 12);
}

async function compile(buildFolder: string): Promise<void> {
  const pom = join(projectFolder, 'pom.xml');
  try {
    await execute(
      'mvn',
      ['--batch-mode', '--quiet', '--file', pom, 'compile', `-DbuildFolder=${buildFolder}`],
      {
        maxBuffer: 16 * 1024 * 1024,
      },
    );
  } catch (error) {
    const printed = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    throw new LocalError(
      `the driver of the official Java client could not be built:\n${printed.trimEnd().split('\n').slice(0, 15).join('\n')}`,
      'check that this machine reaches a Maven repository, then run the command again',
      { cause: error },
    );
  }
}
