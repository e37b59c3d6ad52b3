import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchBucket } from './bucket.ts';
import type { ContenderPlan } from './contenders.ts';
import type { DriverProcess, Measured } from './driver-process.ts';
import { digestFile, writeSourceFile } from './source-file.ts';
import { bytesMoved, movesFile, workloads, type Sizes, type Workload } from './workloads.ts';

/** A contender whose process is running. */
export interface Starter {
  readonly plan: ContenderPlan;
  readonly driver: DriverProcess;
}

/** One workload of one contender in one round. */
export interface Measurement extends Measured {
  readonly round: number;
  readonly contender: string;
  readonly workload: Workload;
}

/** A workload that a contender could not do; it is not asked for it again. */
export interface Failure {
  readonly contender: string;
  readonly workload: Workload;
  readonly message: string;
}

/** What a run is made with. */
export interface RoundsOptions {
  readonly starters: readonly Starter[];
  readonly bucket: BenchBucket;
  /** Takes the file that is sealed and those that are opened. */
  readonly temporaryFolder: string;
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly log: (line: string) => void;
}

/**
 * Has every contender do every workload once per round, one contender at a time. Each round begins with another
 * contender, so that none always follows the same one. Whatever is written and opened is checked, outside the time.
 */
export async function measureRounds(
  options: RoundsOptions,
): Promise<{ measurements: readonly Measurement[]; failures: readonly Failure[] }> {
  const { starters, sizes, rounds, temporaryFolder, log } = options;
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  const path = join(temporaryFolder, 'source');
  await writeSourceFile(path, sizes.fileBytes);
  const source = { path, digest: await digestFile(path) };
  // Round 0 is the warm-up, of the same size: a client's first large object costs it more than its next.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index] of starters.entries()) {
      const starter = starters[(index + round) % starters.length];
      if (starter === undefined) continue;
      log(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${starter.plan.title}`);
      for await (const result of performAll(starter, source, failures, options)) {
        if (round > 0) measurements.push({ round, contender: starter.plan.name, ...result });
      }
    }
  }
  return { measurements, failures };
}

/** The file that is sealed. */
interface Source {
  readonly path: string;
  readonly digest: string;
}

async function* performAll(
  { plan, driver }: Starter,
  source: Source,
  failures: Failure[],
  { bucket, temporaryFolder, sizes, log }: RoundsOptions,
): AsyncGenerator<Measured & { workload: Workload }> {
  const opened = join(temporaryFolder, 'opened');
  const key = `${plan.name}/large`;
  const prefix = `${plan.name}/small-`;
  const { fileBytes, objects, objectBytes } = sizes;
  const perform = async (workload: Workload): Promise<Measured> => {
    const path = workload === 'seal-file' ? source.path : workload === 'open-file' ? opened : '';
    const target = movesFile(workload) ? key : prefix;
    const measured = await driver.run({ workload, key: target, path, objects, objectBytes });
    if (measured.bytes !== bytesMoved(workload, sizes)) throw new Error(`${measured.bytes} bytes were moved`);
    if (workload === 'seal-file') await bucket.check(key, fileBytes, plan.seals);
    if (workload === 'seal-many') await bucket.check(`${prefix}${objects - 1}`, objectBytes, plan.seals);
    if (workload === 'open-file' && (await digestFile(opened)) !== source.digest)
      throw new Error('what was opened is not what was sealed');
    return measured;
  };
  for (const workload of workloads) {
    if (failures.some((failure) => failure.contender === plan.name && failure.workload === workload))
      continue;
    try {
      yield { workload, ...(await perform(workload)) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log(`FAILED: ${plan.title}: ${workload}: ${message}`);
      failures.push({ contender: plan.name, workload, message });
    } finally {
      await rm(opened, { force: true });
    }
  }
  await bucket.clear(`${plan.name}/`);
}
