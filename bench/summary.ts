import { contenders, reference } from './contenders.ts';
import type { Measurement } from './rounds.ts';
import { bytesMoved, objectsMoved, workloads, type Sizes, type Workload } from './workloads.ts';

/** The middle of several rounds, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What one contender did in one workload, over all rounds. */
export interface Summary {
  readonly workload: Workload;
  readonly contender: string;
  /** In millions of bytes of plaintext. */
  readonly megabytesPerSecond: Spread;
  readonly objectsPerSecond: Spread;
  /** The time it took divided by the reference's time in the same round: above 1, the reference is faster. */
  readonly referenceIsFasterBy?: Spread;
  readonly cpuSeconds?: Spread;
  readonly peakMemoryBytes?: number;
}

/** Sums up the rounds, in the order of the workloads and of the contenders. */
export function summarize(measurements: readonly Measurement[], sizes: Sizes): Summary[] {
  return workloads.flatMap((workload) =>
    contenders.flatMap(({ name }) => {
      const own = measurementsOf(measurements, workload, name);
      return own.length === 0
        ? []
        : [summarizeOne(own, measurementsOf(measurements, workload, reference), sizes)];
    }),
  );
}

function measurementsOf(all: readonly Measurement[], workload: Workload, contender: string): Measurement[] {
  return all.filter((each) => each.workload === workload && each.contender === contender);
}

function summarizeOne(
  own: readonly Measurement[],
  references: readonly Measurement[],
  sizes: Sizes,
): Summary {
  const { workload = 'seal-file', contender = '' } = own[0] ?? {};
  const perSecond = (amount: number): Spread =>
    spreadOf(own.map(({ milliseconds }) => amount / (milliseconds / 1000)));
  const ratios = own.flatMap(({ round, milliseconds }) => {
    const other = references.find((each) => each.round === round);
    return other === undefined ? [] : [milliseconds / other.milliseconds];
  });
  const usages = own.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  return {
    workload,
    contender,
    megabytesPerSecond: perSecond(bytesMoved(workload, sizes) / 1e6),
    objectsPerSecond: perSecond(objectsMoved(workload, sizes)),
    ...(ratios.length === 0 ? {} : { referenceIsFasterBy: spreadOf(ratios) }),
    ...(usages.length === 0
      ? {}
      : {
          cpuSeconds: spreadOf(usages.map(({ cpuMilliseconds }) => cpuMilliseconds / 1000)),
          peakMemoryBytes: Math.max(...usages.map(({ peakMemoryBytes }) => peakMemoryBytes)),
        }),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return { median: (lower + upper) / 2, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}
