import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { SealdropError } from '../aws/index.ts';
import { demonstrate } from './demonstration.ts';
import { deployStacks, type VaultOutputs } from './deploy.ts';
import { findRunningEmulator, startEmulator, type Emulator } from './emulator.ts';
import { filesBelow } from './dropped-file.ts';
import { LocalError } from './local-error.ts';
import { formatSeconds } from './format.ts';
import { makeSampleFiles } from './sample-files.ts';

const usage = `usage: npm start [-- [options] [FOLDER]]

Starts the whole pipeline on this machine, drops the files of FOLDER (or files of many kinds) in its intake
bucket, watches them come out sealed, opens each, rotates the key and rewraps.

  --keep   leave the local stack running, and say how to reach it
  --stop   stop a stack that was left running
  --help   print this
`;

const projectFolder = join(import.meta.dirname, '..');
const cacheFolder = join(projectFolder, '.sealdrop');

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { keep: { type: 'boolean' }, stop: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help === true) process.stdout.write(usage);
    else if (values.stop === true) await stopKept();
    else await start(positionals[0], values.keep ?? false);
    return 0;
  } catch (error) {
    const [message, hint] = explain(error);
    console.error(`\nsealdrop: error: ${message}\nsealdrop: hint: ${hint}`);
    return isWrongUse(error) ? 2 : 1;
  }
}

async function start(folder: string | undefined, keep: boolean): Promise<void> {
  const startedAt = Date.now();
  // Told before anything is started.
  if (folder !== undefined) await filesBelow(resolve(folder));
  await mkdir(cacheFolder, { recursive: true });
  const emulator = await startStack(keep);
  try {
    step('deploying the stacks with the CDK');
    const outputs = await deployStacks(emulator, 'local', cacheFolder);
    const files = folder === undefined ? join(cacheFolder, 'samples') : resolve(folder);
    if (folder === undefined) await makeSampleFiles(files, projectFolder);
    await demonstrate({ emulator, outputs, folder: files, step });
    console.log(`\nall done in ${formatSeconds(Date.now() - startedAt)}`);
    if (keep) console.log(howToReach(emulator, outputs));
  } finally {
    if (!keep) await emulator.stop();
  }
}

async function startStack(keep: boolean): Promise<Emulator> {
  const running = await findRunningEmulator(cacheFolder);
  if (running !== undefined) await running.stop();
  step('starting the local stack');
  return startEmulator({
    cacheFolder,
    log: (line) => {
      console.error(`  ${line}`);
    },
    logFile: join(cacheFolder, 'emulator.log'),
    detached: keep,
  });
}

async function stopKept(): Promise<void> {
  const running = await findRunningEmulator(cacheFolder);
  if (running === undefined)
    throw new LocalError('no local stack is running', 'start one with npm start -- --keep');
  await running.stop();
  console.log('stopped the local stack');
}

function howToReach(emulator: Emulator, outputs: VaultOutputs): string {
  const names = Object.keys(emulator.environment).filter(
    (name) => emulator.environment[name] !== process.env[name],
  );
  return [
    '',
    'The stack is still running. To reach it with any AWS tool:',
    '',
    ...names.map((name) => `  export ${name}='${emulator.environment[name] ?? ''}'`),
    '',
    `Drop a file with:  aws s3 cp FILE s3://${outputs.IntakeBucketName}/`,
    `It comes out in:   s3://${outputs.SealedBucketName}/`,
    `To open it:        assume ${outputs.OpenerRoleArn}`,
    'Stop the stack:    npm start -- --stop',
  ].join('\n');
}

function step(line: string): void {
  console.log(styleText('bold', `\n${line}`));
}

function isWrongUse(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

function explain(error: unknown): [string, string] {
  if (isWrongUse(error)) return [error.message, 'npm start -- --help tells the options'];
  if (error instanceof LocalError || error instanceof SealdropError) return [error.message, error.hint];
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [message, `the logs are in ${cacheFolder}`];
}
