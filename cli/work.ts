import { pMapIterable } from 'p-map';
import { SealdropError } from '../envelope/index.ts';
import { describeFailure, reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { writeJson, type OutputLine } from './output-line.ts';
import type { Progress } from './progress.ts';

/** One object to work on. */
export interface Task {
  readonly from: string;
  readonly to?: string;
  /** Does it, and says what came of it. */
  readonly run: () => Promise<Result>;
}

/** What came of one task. */
export type Result = Pick<OutputLine, 'status' | 'contentLengthBytes' | 'versionId'> & {
  readonly error?: SealdropError;
};

/** How tasks are done. */
export interface WorkOptions {
  readonly verb: OutputLine['verb'];
  readonly concurrency: number;
  readonly json: boolean;
  readonly progress: Progress;
  /** Tells of a result to whoever does not read JSON; of failures they are told anyway. */
  readonly tell?: (line: OutputLine) => void;
}

/** What came of all tasks. */
export interface WorkSummary {
  readonly counts: Readonly<Partial<Record<OutputLine['status'], number>>>;
  readonly contentBytes: number;
}

/** How many results wait for the one before them: a large object does not hold up the small ones behind it. */
const maxWaiting = 1000;

/**
 * Does tasks, some at once, and tells in their order what came of each. A task that fails does not stop the
 * others; of one that the user stopped nothing is told.
 *
 * @throws what the sequence of tasks throws.
 */
export async function work(tasks: AsyncIterable<Task>, io: Io, options: WorkOptions): Promise<WorkSummary> {
  const { concurrency, progress } = options;
  const counts: Partial<Record<OutputLine['status'], number>> = {};
  const told = new Set<string>();
  let contentBytes = 0;
  const lines = pMapIterable(tasks, (task) => perform(task, io, options.verb), {
    concurrency,
    backpressure: concurrency + maxWaiting,
  });
  for await (const line of lines) {
    if (line === undefined) continue;
    counts[line.status] = (counts[line.status] ?? 0) + 1;
    if (line.status !== 'current') contentBytes += line.contentLengthBytes ?? 0;
    progress.addObject();
    progress.clear();
    if (options.json) writeJson(io, line);
    else if (line.status === 'failed') tellFailure(io, line, told);
    else options.tell?.(line);
  }
  return { counts, contentBytes };
}

async function perform(
  { from, to, run }: Task,
  io: Io,
  verb: OutputLine['verb'],
): Promise<OutputLine | undefined> {
  const isStopped = (): boolean => io.signal.aborted;
  if (isStopped()) return undefined;
  const place = to === undefined ? { verb, from } : { verb, from, to };
  try {
    const { error, ...result } = await run();
    return { ...place, ...result, ...(error === undefined ? {} : { error: describeFailure(error) }) };
  } catch (error) {
    return isStopped() ? undefined : { ...place, status: 'failed', error: describeFailure(error) };
  }
}

/** What to do next is said once for all objects that failed for the same reason. */
function tellFailure(io: Io, { from, error }: OutputLine, told: Set<string>): void {
  if (error === undefined) return;
  reportFailure(io, { message: `${from}: ${error.message}`, hint: told.has(error.hint) ? '' : error.hint });
  told.add(error.hint);
}
