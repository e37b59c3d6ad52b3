import { run } from './program.ts';
import { stopSignals } from './stop-signals.ts';

const stop = stopSignals(process);
const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: stop.signal });
stop.end();
