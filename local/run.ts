import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { LocalError } from './local-error.ts';

/** A command to run to its end, with its output in a file. */
export interface CommandToRun {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes what the command prints; overwritten. */
  readonly logFile: string;
}

/**
 * Runs a command to its end.
 *
 * @throws {@link LocalError} with the last lines of its output where it fails.
 */
export async function run(toRun: CommandToRun): Promise<void> {
  const log = createWriteStream(toRun.logFile);
  const child = spawn(toRun.command, toRun.arguments, {
    cwd: toRun.folder,
    env: toRun.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await new Promise<void>((resolve) => {
    log.end(resolve);
  });
  if (exitCode === 0) return;
  const lines = (await readFile(toRun.logFile, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  throw new LocalError(
    `"${[toRun.command, ...toRun.arguments].join(' ')}" failed:\n${lines}`,
    `the whole output is in ${toRun.logFile}`,
  );
}
