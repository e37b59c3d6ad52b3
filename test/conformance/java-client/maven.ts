import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from '../../../local/local-error.ts';

const execute = promisify(execFile);

const oldestJava = 17;

/** The command that starts Java, or why there is none that would do. */
export type JavaOrReason = { readonly java: string } | { readonly java: undefined; readonly reason: string };

/**
 * Looks for a Java runtime, the one that `JAVA_HOME` names before the one on the path, as Maven does.
 *
 * @param purpose - what it is for, as the reason has it: "the official Java client"
 */
export async function findJava(purpose: string): Promise<JavaOrReason> {
  const java = commandOf('java');
  const version = await versionOf(java);
  if (version !== undefined && version >= oldestJava) return { java };
  const found = version === undefined ? 'none' : `Java ${version}`;
  return { java: undefined, reason: `${purpose} needs Java ${oldestJava} or later; ${found} was found` };
}

/** A Maven project to be built. */
export interface MavenBuild {
  /** What it makes, as the user is told: "the official Java client". */
  readonly purpose: string;
  readonly pomFile: string;
  /** Every file that the result depends on, besides the project file. */
  readonly sourceFiles: readonly string[];
  /** Takes the result, under a name that begins so. */
  readonly cacheFolder: string;
  readonly name: string;
  /** Fills the build folder with what is to be compiled, where that is not beside the project file. */
  readonly prepare?: (buildFolder: string) => Promise<void>;
  /** Hears of what takes a while. */
  readonly log: (line: string) => void;
}

/** The folder of a build, or why this machine cannot have it. */
export type FolderOrReason =
  { readonly folder: string } | { readonly folder: undefined; readonly reason: string };

/**
 * The folder of a Maven project's `compile`, built where it is not there yet, which needs a Maven repository; one
 * that was half built when something stopped it is never used. The project's build folder is its property
 * `buildFolder`.
 *
 * @returns the folder, or the reason why there is none: this machine lacks a JDK or Maven.
 * @throws {@link LocalError} where it cannot be built although both are there.
 */
export async function ensureMavenBuild(build: MavenBuild): Promise<FolderOrReason> {
  const { purpose, cacheFolder, name, log } = build;
  const folder = resolve(cacheFolder, `${name}-${await digestOf([build.pomFile, ...build.sourceFiles])}`);
  if (existsSync(folder)) return { folder };
  const compiler = await versionOf(commandOf('javac'));
  if (compiler === undefined || compiler < oldestJava) {
    const reason = `${purpose} needs a JDK of Java ${oldestJava} or later; no such compiler was found`;
    return { folder: undefined, reason };
  }
  if (!(await runs('mvn'))) {
    return { folder: undefined, reason: `${purpose} is built by Maven (mvn), which was not found` };
  }
  log(`building ${purpose} (once)`);
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandoned(cacheFolder, name);
  const partial = `${folder}.${process.pid}.partial`;
  try {
    await build.prepare?.(partial);
    await compile(build, partial);
    await rename(partial, folder).catch((error: unknown) => {
      // Another run of this was quicker.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { folder };
}

/** Every file below a folder, in order. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}

async function digestOf(files: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${(await readFile(file)).toString('base64')}\n`);
  return digest.digest('hex').slice(0, 12);
}

async function compile({ purpose, pomFile }: MavenBuild, buildFolder: string): Promise<void> {
  try {
    await execute(
      'mvn',
      ['--batch-mode', '--quiet', '--file', pomFile, `-DbuildFolder=${buildFolder}`, 'compile'],
      { maxBuffer: 16 * 1024 * 1024 },
    );
  } catch (error) {
    const printed = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    throw new LocalError(
      `${purpose} could not be built:\n${printed.trimEnd().split('\n').slice(0, 15).join('\n')}`,
      'check that this machine reaches a Maven repository, then run the command again',
      { cause: error },
    );
  }
}

function commandOf(program: string): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? program : join(home, 'bin', program);
}

async function versionOf(command: string): Promise<number | undefined> {
  // Java prints it to standard error; the one of Java 8 is 1.8.
  const printed = await execute(command, ['-version']).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => '',
  );
  const major = /(?:version "|javac )(?:1\.)?(\d+)/.exec(printed)?.[1];
  return major === undefined ? undefined : Number(major);
}

async function runs(command: string): Promise<boolean> {
  return execute(command, ['--version']).then(
    () => true,
    () => false,
  );
}

/** Removes what runs that are no longer there have left half built. */
async function removeAbandoned(cacheFolder: string, name: string): Promise<void> {
  for (const entry of await readdir(cacheFolder)) {
    const pid = /^(.+)-[0-9a-f]+\.(\d+)\.partial$/.exec(entry);
    if (pid?.[1] === name && !isRunning(Number(pid[2])))
      await rm(join(cacheFolder, entry), { recursive: true, force: true });
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
