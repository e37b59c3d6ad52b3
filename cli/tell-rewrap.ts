import type { RequestsByAction } from '../aws/index.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import type { OutputLine, OutputStatus } from './output-line.ts';
import { printable } from './printable.ts';
import { showCount } from './sizes.ts';
import type { WorkSummary } from './work.ts';

/** What is said of an object that stays as it is. */
const stays: Partial<Record<OutputStatus, string>> = {
  archived: 'is archived, and stays in its old wrapping until it is restored',
  gone: 'is gone meanwhile',
  'not-sealed': 'is not sealed',
};

/**
 * Tells of what was, or would be, rewrapped or resealed: a plan, and what stays as it is, is a result and goes to
 * standard output. What was done is silent; so is what is current, but for a plan.
 */
export function tellRewrap(io: Io, options: { isPlan: boolean; verb: string }): (line: OutputLine) => void {
  return ({ from, status }) => {
    const said = stays[status];
    if (said !== undefined) io.stdout.write(`${printable(`${from} ${said}`)}\n`);
    else if (status === 'planned') io.stdout.write(`${printable(`would ${options.verb} ${from}`)}\n`);
    else if (status === 'current' && options.isPlan)
      io.stdout.write(`${printable(`${from} is current`)}
`);
  };
}

const countedStatuses: readonly OutputStatus[] = [
  ...(['rewrapped', 'resealed', 'rebound', 'moved', 'shared', 'unshared', 'planned', 'current'] as const),
  ...(['warmed', 'archived', 'not-sealed', 'not-shared', 'gone'] as const),
];

/** What came of everything, on standard error. */
export function tellCounts(io: Pick<Io, 'stderr'>, { counts }: WorkSummary, passedOver: number): void {
  const failed = (counts.failed ?? 0) + passedOver;
  const all = [
    ...countedStatuses.map((status) => [status, counts[status] ?? 0] as const),
    ['failed', failed] as const,
  ];
  const told = all
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${status.replace('-', ' ')} ${showCount(count, 'object')}`);
  reportNote(io, told.length === 0 ? 'there was nothing to do' : told.join('; '));
}

/** The requests that were sent, by the names of the services' actions, on standard error. */
export function tellRequests(io: Pick<Io, 'stderr'>, s3: RequestsByAction, kms: RequestsByAction): void {
  const told = [
    ['S3', s3],
    ['KMS', kms],
  ] as const;
  const parts = told.flatMap(([service, requests]) => {
    const each = Object.entries(requests).sort(([one], [other]) => (one < other ? -1 : 1));
    const counts = each.map(([action, count]) => `${count.toLocaleString('en-US')} ${action}`);
    return counts.length === 0 ? [] : [`${service} ${counts.join(', ')}`];
  });
  if (parts.length > 0) reportNote(io, `requests sent: ${parts.join('; ')}`);
}
