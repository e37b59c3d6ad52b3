import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What one run of a Node program took, from its start to its end. */
export interface MeasuredProcess {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly peakBytes: number;
  /** What it printed. */
  readonly stdout: string;
}

/** Told by the process itself as it ends, on the last line of its standard error. */
const report = `process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  require('node:fs').writeSync(2, '\\n' + JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime }));
});`;

/**
 * Runs a Node program and measures it.
 *
 * @throws Error where it fails, with what it printed.
 */
export async function measureProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<MeasuredProcess> {
  const preload = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('file:///'); ${report}`)}`;
  const startedAt = performance.now();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', preload, ...args], {
    env: environment,
    maxBuffer: 2 ** 24,
  });
  const milliseconds = performance.now() - startedAt;
  const { maxRSS, cpu } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as {
    maxRSS: number;
    cpu: number;
  };
  return { milliseconds, cpuMilliseconds: cpu / 1000, peakBytes: maxRSS * 1024, stdout };
}
