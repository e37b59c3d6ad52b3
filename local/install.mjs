// Installs the packages that the lock file names, where they are not installed yet, and then runs the program
// that its arguments name on the Node that is among them. It runs before anything is installed, so on whatever
// Node the machine has, and uses Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const marker = new URL('node_modules/.installed-lock', root);
const lock = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex');

if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
  console.error('sealdrop: installing packages (once)');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms.
  const words = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(command, [...first, ...words], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error(`sealdrop: error: the packages could not be installed${error ? `: ${error.message}` : ''}`);
    console.error(
      'sealdrop: hint: check that this machine reaches the npm registry, then run the command again',
    );
    process.exit(1);
  }
  writeFileSync(marker, lock);
}

// Not by the name "node": a shell that has found one before goes on with that one.
const [program, ...words] = process.argv.slice(2);
if (program !== undefined) {
  const node = fileURLToPath(new URL('node_modules/node/bin/node', root));
  const { status } = spawnSync(node, [program, ...words], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
