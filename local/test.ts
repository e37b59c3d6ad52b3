import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployStacks } from './deploy.ts';
import { startEmulator, type Emulator } from './emulator.ts';

// Runs every test: the unit tests, then those on local stacks, which are deployed as a user does it.
// Arguments go to Jest. The last line counts the tests of both.

/** What Jest's report says of its tests. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const projectFolder = join(import.meta.dirname, '..');
const cacheFolder = join(projectFolder, '.sealdrop');
const stacksFolder = join(cacheFolder, 'test-stacks');
/** How many test files run at once. */
const workers = 2;

await mkdir(cacheFolder, { recursive: true });
const unit = await jest('unit', [`--maxWorkers=${workers}`, '--testTimeout=60000']);
const local = await onLocalStacks(
  // Each worker has a stack of its own, on which one file runs after the other: they share the vault, and some of
  // them take its key away for a while.
  () => jest('local', [`--maxWorkers=${workers}`, '--testTimeout=120000']),
);
console.log(`${unit.passed + local.passed} passed, ${unit.failed + local.failed} failed`);
process.exitCode = unit.exitCode || local.exitCode;

async function onLocalStacks<Result>(work: () => Promise<Result>): Promise<Result> {
  const emulators: Emulator[] = [];
  try {
    // One after the other: each looks for a port that is free.
    for (let worker = 1; worker <= workers; worker += 1) emulators.push(await startTestEmulator(worker));
    await Promise.all(emulators.map((emulator, index) => deployTestStack(emulator, index + 1)));
    return await work();
  } finally {
    await Promise.all(emulators.map((emulator) => emulator.stop()));
  }
}

async function startTestEmulator(worker: number): Promise<Emulator> {
  return startEmulator({
    cacheFolder,
    log: (line) => {
      console.error(`sealdrop: ${line}`);
    },
    logFile: join(cacheFolder, `test-emulator-${worker}.log`),
    kmsProxy: true,
  });
}

/** Leaves in the stack's folder what tests need to reach it, without the rest of this process's environment. */
async function deployTestStack({ environment, ...emulator }: Emulator, worker: number): Promise<void> {
  const folder = join(stacksFolder, String(worker));
  const outputs = await deployStacks({ environment, ...emulator }, 'local', folder);
  const own = Object.entries(environment).filter(([name, value]) => process.env[name] !== value);
  const stack = { emulator: { ...emulator, environment: Object.fromEntries(own) }, outputs };
  await writeFile(join(folder, 'stack.json'), JSON.stringify(stack));
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
    { cwd: projectFolder, stdio: 'inherit', env: { ...process.env, SEALDROP_LOCAL_STACKS: stacksFolder } },
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
