#!/usr/bin/env node
import { run } from './program.ts';
import { stopSignals } from './stop-signals.ts';

const stop = stopSignals(process);
process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
});
stop.end();
