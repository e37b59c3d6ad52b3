import type { CallsByRegion, DrillReport } from '../aws/index.ts';
import { reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { showBytes, showCount, showSeconds } from './sizes.ts';

/** How far the replica is behind: by comparing it with its source, or at most, by the age of its newest object. */
export type DrillRecoveryPoint =
  | { readonly basis: 'source'; readonly seconds: number; readonly behindObjects: number }
  | { readonly basis: 'newest-replica'; readonly seconds: number };

/** What `drill --json` writes. */
export interface DrillLine extends DrillReport {
  readonly verb: 'drill';
  readonly place: string;
  /** The one Region that was called, but for the listing of the source. */
  readonly region: string;
  /** Whether the sample opened, and the recovery point is as asked for. */
  readonly isPassed: boolean;
  /** Missing where nothing tells of it. */
  readonly recoveryPoint?: DrillRecoveryPoint;
  /** The requests that were sent to open the sample, by service and Region. */
  readonly calls: CallsByRegion;
}

/** Tells what a drill came to: on standard error what did not open, on standard output the numbers. */
export function tellDrill(io: Io, line: DrillLine): void {
  const told = new Set<string>();
  for (const { key, code, message, hint } of line.failures) {
    reportFailure(io, {
      message: `${line.place}: ${key} did not open: ${message} (${code})`,
      hint: told.has(hint) ? '' : hint,
    });
    told.add(hint);
  }
  const parts = [
    sampleWords(line),
    `recovery point: ${recoveryPointWords(line.recoveryPoint)}`,
    `recovery time: ${recoveryTimeWords(line)}`,
    `requests: ${callWords(line.calls)}`,
  ];
  io.stdout.write(parts.map((part) => `${part}\n`).join(''));
}

function sampleWords({ region, objects, sealedBytes, counts, reasons }: DrillLine): string {
  const { opened, failed, gone, left, share } = counts;
  const why = Object.entries(reasons).map(([code, count]) => `${count} ${code}`);
  return [
    `opened ${opened} of ${showCount(opened + failed + left, 'object')} in ${region}, where there are ${objects.toLocaleString('en-US')}, ${showBytes(sealedBytes)}`,
    ...(failed === 0 ? [] : [`failed ${failed}: ${why.join(', ')}`]),
    ...(left === 0 ? [] : [`not got to ${left}`]),
    ...(gone === 0 ? [] : [`${gone} gone meanwhile`]),
    ...(share === 0 ? [] : [`${showCount(share, 'share')} passed over`]),
  ].join('; ');
}

function recoveryPointWords(point: DrillRecoveryPoint | undefined): string {
  if (point === undefined) return 'unknown';
  if (point.basis === 'newest-replica') {
    return `at most ${showSeconds(point.seconds)}, the age of the newest replica; --source compares`;
  }
  if (point.behindObjects === 0) return '0 s, nothing is behind its source';
  return `${showSeconds(point.seconds)}, ${showCount(point.behindObjects, 'object')} behind the source`;
}

function recoveryTimeWords({ recoveryTimeSeconds: { firstOpened, sample, whole } }: DrillLine): string {
  if (firstOpened === undefined || whole === undefined) return 'unknown, nothing opened';
  return `first object after ${showSeconds(firstOpened)}, the sample in ${showSeconds(sample)}, all at that rate in ${showSeconds(whole)}`;
}

function callWords(calls: CallsByRegion): string {
  const parts = Object.entries(calls).flatMap(([service, regions]) =>
    Object.entries(regions).map(([region, count]) => `${count} to ${service} in ${region}`),
  );
  return parts.length === 0 ? 'none' : parts.join(', ');
}
