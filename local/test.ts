import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployStacks } from './deploy.ts';
import { startEmulator, type Emulator } from './emulator.ts';

// Runs every test: deploys the stacks to a local one, as a user does, and hands that one to Jest.
// Arguments go to Jest.

const projectFolder = join(import.meta.dirname, '..');
const cacheFolder = join(projectFolder, '.sealdrop');
const stackFile = join(cacheFolder, 'test-stack.json');

await mkdir(cacheFolder, { recursive: true });
const emulator = await startEmulator({
  cacheFolder,
  log: (line) => {
    console.error(`sealdrop: ${line}`);
  },
  logFile: join(cacheFolder, 'test-emulator.log'),
});
try {
  const outputs = await deployStacks(emulator, 'local', cacheFolder);
  await writeFile(stackFile, JSON.stringify({ emulator: withoutInherited(emulator), outputs }));
  process.exitCode = await jest();
} finally {
  await emulator.stop();
}

/** What a test needs to reach the emulator, without the rest of this process's environment. */
function withoutInherited({ endpointUrl, caFile, region, accountId, environment }: Emulator): object {
  const own = Object.entries(environment).filter(([name, value]) => process.env[name] !== value);
  return { endpointUrl, caFile, region, accountId, environment: Object.fromEntries(own) };
}

async function jest(): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--experimental-vm-modules',
      join(projectFolder, 'node_modules', 'jest', 'bin', 'jest.js'),
      // One file after the other: they share one vault, and one of them takes its key away for a while.
      '--runInBand',
      '--testTimeout=120000',
      ...process.argv.slice(2),
    ],
    { cwd: projectFolder, stdio: 'inherit', env: { ...process.env, SEALDROP_LOCAL_STACK: stackFile } },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
