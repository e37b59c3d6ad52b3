import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const distFolder = join(projectFolder, 'dist');
const lock = join(distFolder, 'handlers.lock');

/** Builds the handlers where they were not built yet. Test files may ask for it at the same time. */
export async function builtHandlers(): Promise<void> {
  mkdirSync(distFolder, { recursive: true });
  await eventually('the handlers', () => Promise.resolve(areBuilt() || buildAlone() ? true : undefined));
}

function areBuilt(): boolean {
  return !existsSync(lock) && areThere();
}

function areThere(): boolean {
  return ['seal', 'rewrap', 'rewrap-report', 'drill'].every((name) =>
    existsSync(join(distFolder, 'handlers', name, 'index.mjs')),
  );
}

/** Builds unless somebody else does just now. */
function buildAlone(): boolean {
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    if (!areThere()) {
      execFileSync(process.execPath, [join(projectFolder, 'lambda', 'build.ts')], { stdio: 'pipe' });
    }
    return true;
  } finally {
    rmdirSync(lock);
  }
}
