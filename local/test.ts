import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployStacks } from './deploy.ts';
import { startEmulator, type Emulator } from './emulator.ts';

// Runs every test: the unit tests, then those on the local stack, which is deployed as a user does it.
// Arguments go to Jest. The last line counts the tests of both.

/** What Jest's report says of its tests. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const projectFolder = join(import.meta.dirname, '..');
const cacheFolder = join(projectFolder, '.sealdrop');
const stackFile = join(cacheFolder, 'test-stack.json');

await mkdir(cacheFolder, { recursive: true });
const unit = await jest('unit', ['--maxWorkers=2', '--testTimeout=60000']);
const local = await onLocalStack(
  // One file after the other: they share one vault, and one of them takes its key away for a while.
  async () => jest('local', ['--runInBand', '--testTimeout=120000']),
);
console.log(`${unit.passed + local.passed} passed, ${unit.failed + local.failed} failed`);
process.exitCode = unit.exitCode || local.exitCode;

async function onLocalStack<Result>(work: () => Promise<Result>): Promise<Result> {
  const emulator = await startEmulator({
    cacheFolder,
    log: (line) => {
      console.error(`sealdrop: ${line}`);
    },
    logFile: join(cacheFolder, 'test-emulator.log'),
    kmsProxy: true,
  });
  try {
    const outputs = await deployStacks(emulator, 'local', cacheFolder);
    await writeFile(stackFile, JSON.stringify({ emulator: withoutInherited(emulator), outputs }));
    return await work();
  } finally {
    await emulator.stop();
  }
}

/** What a test needs to reach the emulator, without the rest of this process's environment. */
function withoutInherited({ environment, ...emulator }: Emulator): object {
  const own = Object.entries(environment).filter(([name, value]) => process.env[name] !== value);
  return { ...emulator, environment: Object.fromEntries(own) };
}

async function jest(project: string, options: readonly string[]) {
  const report = join(cacheFolder, `test-results-${project}.json`);
  await rm(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--experimental-vm-modules',
      join(projectFolder, 'node_modules', 'jest', 'bin', 'jest.js'),
      `--selectProjects=${project}`,
      // A path that is asked for may lie in the other project.
      '--passWithNoTests',
      '--json',
      `--outputFile=${report}`,
      ...options,
      ...process.argv.slice(2),
    ],
    { cwd: projectFolder, stdio: 'inherit', env: { ...process.env, SEALDROP_LOCAL_STACK: stackFile } },
  );
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
  const counts = JSON.parse(await readFile(report, 'utf8')) as Counts;
  return {
    exitCode,
    passed: counts.numPassedTests,
    failed: counts.numFailedTests + counts.numRuntimeErrorTestSuites,
  };
}
