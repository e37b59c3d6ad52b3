import { formatBytes, formatTable } from '../local/format.ts';
import { contenders, reference } from './contenders.ts';
import { wasBusy, type Machine } from './machine.ts';
import type { Failure } from './rounds.ts';
import type { Spread, Summary } from './summary.ts';
import { movesFile, workloads, type Sizes, type Workload } from './workloads.ts';

/** A contender that was not measured, and why. */
export interface Skipped {
  readonly contender: string;
  readonly reason: string;
}

/** What a run found. */
export interface Findings {
  readonly machine: Machine;
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly summaries: readonly Summary[];
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failure[];
}

/** The findings as text: a table for each workload. */
export function formatReport(findings: Findings): string {
  const { machine, sizes, rounds, summaries, skipped, failures } = findings;
  const { cores, processor, memoryGibibytes, node, loadBefore } = machine;
  const tables = workloads.map((workload) => {
    const rows = summaries.filter((summary) => summary.workload === workload).map(formatRow);
    const unit = movesFile(workload) ? 'MB/s' : 'objects/s';
    const header = ['', unit, '', `${reference} is`, '', 'CPU', movesFile(workload) ? 'memory' : ''];
    return `${titleOf(workload, sizes)}\n${formatTable([header, ...rows], [1, 3, 5, 6])}`;
  });
  return [
    `${cores} cores (${processor}), ${memoryGibibytes} GiB, Node ${node}, load before ${loadBefore.toFixed(1)}`,
    ...tables,
    `Medians of ${rounds} round${rounds === 1 ? '' : 's'}; in brackets the least and the most. "${reference} is 2.00×": twice as fast as that row.`,
    'CPU and memory: the client process alone; seconds of all its cores, and its peak.',
    ...(wasBusy(machine)
      ? ['BUSY: something else was running on this machine; measure again when it is idle.']
      : []),
    ...skipped.map(({ contender, reason }) => `SKIPPED: ${titleOfContender(contender)}: ${reason}`),
    ...failures.map(
      ({ contender, workload, message }) =>
        `FAILED: ${titleOfContender(contender)}: ${titleOf(workload, sizes)}: ${message}`,
    ),
  ].join('\n\n');
}

function formatRow(summary: Summary): string[] {
  const { workload, contender, referenceIsFasterBy: ratio, cpuSeconds, peakMemoryBytes } = summary;
  const speed = movesFile(workload) ? summary.megabytesPerSecond : summary.objectsPerSecond;
  return [
    titleOfContender(contender),
    speed.median.toFixed(0),
    range(speed, 0),
    ratio === undefined || contender === reference ? '' : `${ratio.median.toFixed(2)}×`,
    ratio === undefined || contender === reference ? '' : range(ratio, 2),
    cpuSeconds === undefined ? '' : `${cpuSeconds.median.toFixed(1)} s`,
    // A process that has moved a large object before holds on to memory that small ones do not need.
    peakMemoryBytes === undefined || !movesFile(workload) ? '' : formatBytes(peakMemoryBytes),
  ];
}

function range({ least, most }: Spread, digits: number): string {
  return `(${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

function titleOfContender(name: string): string {
  return contenders.find((each) => each.name === name)?.title ?? name;
}

function titleOf(workload: Workload, { fileBytes, objects, objectBytes }: Sizes): string {
  const file = formatBytes(fileBytes);
  const many = `${objects} objects of ${formatBytes(objectBytes)}`;
  return {
    'seal-file': `Sealing a file of ${file}`,
    'open-file': `Opening ${file} to a file, verified first`,
    'open-stream': `Opening ${file} as a stream, delayed authentication`,
    'seal-many': `Sealing ${many}`,
    'open-many': `Opening ${many}`,
  }[workload];
}
