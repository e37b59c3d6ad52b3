import { rmSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

/** The machine that something was measured on, and how busy it was at that time. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGibibytes: number;
  readonly node: string;
  /** The processes that wanted to run in the minute before the benchmark. */
  readonly loadBefore: number;
}

/** This machine as it is now. */
export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? NaN,
  };
}

/** Whether something else was running that makes the results worth little. */
export function wasBusy({ cores, loadBefore }: Machine): boolean {
  return loadBefore > cores / 4;
}

/**
 * A folder for one run: in memory where there is room, so that no disk is measured. It goes when this process
 * ends, however that ends.
 */
export async function makeTemporaryFolder(fileBytes: number): Promise<string> {
  // The source, the object while it is put together from its parts, what is opened; beside them the clients that
  // hold an object in memory several times over.
  const neededBytes = 14 * fileBytes;
  const inMemory = await statfs('/dev/shm').catch(() => undefined);
  const fits = inMemory !== undefined && Math.min(inMemory.bavail * inMemory.bsize, freemem()) > neededBytes;
  const folder = await mkdtemp(join(fits ? '/dev/shm' : tmpdir(), 'sealdrop-bench-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
