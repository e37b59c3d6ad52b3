import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const file = join(import.meta.dirname, '..', '..', 'lambda', 'wipe-at-shutdown.ts');
const program = `
  const { wipeAtShutdown } = await import(${JSON.stringify(file)});
  wipeAtShutdown({ close: () => console.log('wiped') });
  console.log('ready');
`;

async function runProgram(more: string, signal?: NodeJS.Signals) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${program}${more}`]);
  const output = text(child.stdout);
  if (signal !== undefined) {
    await once(child.stdout, 'data');
    child.kill(signal);
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: await output };
}

test('what is held is wiped when the process is told to end', async () => {
  expect(await runProgram('setInterval(() => undefined, 1000);', 'SIGTERM')).toEqual({
    code: 0,
    output: 'ready\nwiped\n',
  });
});

test('and when it ends by itself, or fails', async () => {
  expect(await runProgram('')).toEqual({ code: 0, output: 'ready\nwiped\n' });
  expect(await runProgram(`throw new Error('failed')`)).toEqual({ code: 1, output: 'ready\nwiped\n' });
});
