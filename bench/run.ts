import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalError } from '../local/local-error.ts';
import { contenders, type ContenderPlan, type Workplace } from './contenders.ts';
import { DriverProcess } from './driver-process.ts';
import { driverEnvironment } from './driver-protocol.ts';
import { describeMachine, makeTemporaryFolder } from './machine.ts';
import { formatReport, type Skipped } from './report.ts';
import { measureRounds, type Starter } from './rounds.ts';
import { ensureS3Server } from './s3-server.ts';
import { startServers } from './servers.ts';
import { summarize } from './summary.ts';
import { concurrency, fullSizes, quickSizes, type Sizes } from './workloads.ts';

const usage = `usage: npm run bench [-- options]

Seals and opens one large object and many small ones, side by side with plain copying and with the official
Python and Java clients, and prints how many times as fast sealdrop is.

  --quick           64 MiB and 100 objects: to see that everything works
  --rounds N        how often each is measured (3)
  --only NAME       one of ${contenders.map(({ name }) => name).join(', ')}; may be given several times
  --out FILE        write what was found, every single measurement too, as JSON
  --help            print this
`;

const cacheFolder = join(import.meta.dirname, '..', '.sealdrop');
const logFolder = join(cacheFolder, 'bench');

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        only: { type: 'string', multiple: true, default: contenders.map(({ name }) => name) },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const rounds = wholeNumber(values.rounds);
    return await run(values.quick ? quickSizes : fullSizes, rounds, chosen(values.only), values.out);
  } catch (error) {
    const wrongUse = error instanceof RangeError || error instanceof TypeError;
    const { message } = error instanceof Error ? error : new Error(String(error));
    const hint =
      error instanceof LocalError ? error.hint : 'see npm run bench -- --help, and bench/README.md';
    console.error(`sealdrop: error: ${message}\nsealdrop: hint: ${hint}`);
    return wrongUse ? 2 : 1;
  }
}

async function run(
  sizes: Sizes,
  rounds: number,
  plans: readonly ContenderPlan[],
  outFile: string | undefined,
): Promise<number> {
  const startedAt = new Date();
  const program = await ensureS3Server(cacheFolder, log);
  const machine = describeMachine();
  const temporaryFolder = await makeTemporaryFolder(sizes.fileBytes);
  const workplace = { cacheFolder, temporaryFolder, log };
  const stops: (() => Promise<void>)[] = [];
  try {
    const { bucket, kms, environment, stop } = await startServers({ program, cacheFolder, temporaryFolder });
    stops.push(stop);
    const forDrivers = { ...environment, ...driverEnvironment(bucket.name, kms.keyArn, concurrency) };
    const { starters, skipped } = await startAll(plans, workplace, forDrivers, stops);
    const measured = await measureRounds({ starters, bucket, temporaryFolder, sizes, rounds, log });
    const { measurements, failures } = measured;
    const findings = {
      machine,
      sizes,
      rounds,
      summaries: summarize(measurements, sizes),
      skipped,
      failures,
    };
    console.log(`\n${formatReport(findings)}`);
    if (outFile !== undefined) {
      const everything = { startedAt, concurrency, ...findings, measurements };
      await writeFile(outFile, `${JSON.stringify(everything, undefined, 2)}\n`);
    }
    return failures.length === 0 ? 0 : 1;
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** Starts every contender that this machine can have. */
async function startAll(
  plans: readonly ContenderPlan[],
  workplace: Workplace,
  environment: Record<string, string>,
  stops: (() => Promise<void>)[],
): Promise<{ starters: Starter[]; skipped: Skipped[] }> {
  const starters: Starter[] = [];
  const skipped: Skipped[] = [];
  for (const plan of plans) {
    try {
      const command = await plan.prepare(workplace);
      const logFile = join(logFolder, `${plan.name}.log`);
      const driver = new DriverProcess(command, environment, logFile);
      stops.push(() => driver.stop());
      starters.push({ plan, driver });
    } catch (error) {
      if (!(error instanceof LocalError)) throw error;
      const reason = `${error.message} (${error.hint})`;
      log(`SKIPPED: ${plan.title}: ${reason}`);
      skipped.push({ contender: plan.name, reason });
    }
  }
  return { starters, skipped };
}

function chosen(names: readonly string[]): ContenderPlan[] {
  const unknown = names.find((name) => !contenders.some((each) => each.name === name));
  if (unknown !== undefined) throw new RangeError(`there is no contender named ${unknown}`);
  return contenders.filter(({ name }) => names.includes(name));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError('--rounds takes a whole number of at least 1');
  return Number(text);
}

function log(line: string): void {
  console.error(`sealdrop: ${line}`);
}
