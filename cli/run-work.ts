import { SealdropError } from '../envelope/index.ts';
import type { ListedObject } from '../operations/object-store.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import type { OutputLine } from './output-line.ts';
import type { PassedOver } from './passed-over.ts';
import { Progress, type ProgressMeasure, type Totals } from './progress.ts';
import { showBytes, showCount } from './sizes.ts';
import { work, type Task, type WorkSummary } from './work.ts';

/** One run of a verb over objects. */
export interface Run {
  readonly verb: OutputLine['verb'];
  readonly concurrency: number;
  readonly json: boolean;
  /** The tasks, given how to tell of bytes that were read. */
  readonly tasks: (onBytes: (bytes: number) => void) => AsyncIterable<Task>;
  /** Lists what there is to do once more, to tell how much is left. */
  readonly count?: (signal: AbortSignal) => AsyncIterable<ListedObject>;
  /** What there is to do, where it was counted before. */
  readonly totals?: Omit<Totals, 'isComplete'>;
  /** @defaultValue `bytes` */
  readonly measure?: ProgressMeasure;
  /**
   * What to do where the user stops it.
   * @defaultValue to run the command again
   */
  readonly resumeHint?: string;
  readonly tell: (line: OutputLine) => void;
  /** Tells of what the tasks' sequence comes upon that cannot be read. */
  readonly passedOver?: Pick<PassedOver, 'tellBeside'>;
}

/**
 * Does all tasks of a run, with progress on a terminal.
 *
 * @throws {@link SealdropError} ABORTED where the user stopped it; what the tasks' sequence throws.
 */
export async function runWork(io: Io, run: Run): Promise<WorkSummary> {
  const progress = new Progress(io, undefined, run.measure);
  if (run.totals !== undefined) Object.assign(progress.totals, run.totals, { isComplete: true });
  const summary: WorkSummary = { counts: {}, contentBytes: 0 };
  const counting = new AbortController();
  run.passedOver?.tellBeside(progress);
  if (progress.isShown && run.count !== undefined) void countTotals(progress, run.count(counting.signal));
  try {
    const tasks = run.tasks((bytes) => {
      progress.addBytes(bytes);
    });
    await work(tasks, io, { ...run, progress }, summary);
  } catch (error) {
    if (!io.signal.aborted) throw error;
  } finally {
    counting.abort();
    progress.end();
  }
  if (io.signal.aborted) throw stopped(summary, run.resumeHint);
  return summary;
}

/** 1 where anything failed, or could not be read at all. */
export function exitCodeOf({ counts }: WorkSummary, passedOver = 0): number {
  return (counts.failed ?? 0) + passedOver === 0 ? 0 : 1;
}

/** What the user is told at the end of a tree, on standard error. */
export function tellSummary(io: Io, { counts, contentBytes }: WorkSummary, passedOver: number): void {
  const failed = (counts.failed ?? 0) + passedOver;
  const parts = (['sealed', 'opened', 'planned', 'current'] as const).flatMap((status) => {
    const count = counts[status] ?? 0;
    const size = status === 'current' ? '' : `, ${showBytes(contentBytes)}`;
    return count === 0 ? [] : [`${status} ${showCount(count, 'object')}${size}`];
  });
  const all = [...parts, ...(failed === 0 ? [] : [`failed ${showCount(failed, 'object')}`])];
  reportNote(io, all.length === 0 ? 'there was nothing to do' : all.join('; '));
}

async function countTotals(progress: Progress, objects: AsyncIterable<ListedObject>): Promise<void> {
  const { totals } = progress;
  try {
    for await (const { lengthBytes } of objects) {
      totals.objects += 1;
      totals.bytes += lengthBytes;
    }
    totals.isComplete = true;
  } catch {
    // The work itself comes upon the same failure, and tells of it.
  }
}

function stopped(
  { counts }: WorkSummary,
  hint = 'run the same command again: what is done stays, and is passed over',
): SealdropError {
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return new SealdropError('ABORTED', `interrupted after ${showCount(done, 'object')}`, { hint });
}
