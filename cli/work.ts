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
export type Result = Pick<OutputLine, 'status' | 'contentLengthBytes' | 'sealedLengthBytes' | 'versionId'> & {
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
  readonly counts: Partial<Record<OutputLine['status'], number>>;
  contentBytes: number;
}

/**
 * Does tasks, some at once, and tells what came of each as soon as it is done: one after the other they are told
 * in their order, several at once in any. A task that fails does not stop the others; of one that the user stopped
 * nothing is told.
 *
 * @param summary - is added to, also where this throws
 * @throws what the sequence of tasks throws, when those before are done.
 */
export async function work(
  tasks: AsyncIterable<Task>,
  io: Io,
  options: WorkOptions,
  summary: WorkSummary,
): Promise<void> {
  const { concurrency, progress } = options;
  const told = new Set<string>();
  const sequence = withoutFailure(tasks);
  const perform = (task: Task): Promise<OutputLine | undefined> => lineOf(task, io, options.verb, summary);
  const lines = pMapIterable(sequence.items, perform, { concurrency, preserveOrder: false });
  for await (const line of lines) {
    if (line === undefined) continue;
    progress.addObject();
    progress.clear();
    if (options.json) writeJson(io, line);
    else if (line.status === 'failed') tellFailure(io, line, told);
    else options.tell?.(line);
  }
  sequence.assertWhole();
}

/** A sequence that ends where it fails, so that what was begun before is not left alone. */
function withoutFailure<Item>(items: AsyncIterable<Item>): {
  readonly items: AsyncIterable<Item>;
  /** @throws what the sequence failed of. */
  readonly assertWhole: () => void;
} {
  const failures: unknown[] = [];
  async function* ended(): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      failures.push(error);
    }
  }
  return {
    items: ended(),
    assertWhole: () => {
      for (const failure of failures) throw failure;
    },
  };
}

async function lineOf(
  { from, to, run }: Task,
  io: Io,
  verb: OutputLine['verb'],
  summary: WorkSummary,
): Promise<OutputLine | undefined> {
  const isStopped = (): boolean => io.signal.aborted;
  if (isStopped()) return undefined;
  const place = to === undefined ? { verb, from } : { verb, from, to };
  try {
    const { error, ...result } = await run();
    count(summary, result);
    return { ...place, ...result, ...(error === undefined ? {} : { error: describeFailure(error) }) };
  } catch (error) {
    if (isStopped()) return undefined;
    count(summary, { status: 'failed' });
    return { ...place, status: 'failed', error: describeFailure(error) };
  }
}

/** Counted as soon as it is done, also where the work breaks off before it is told of. */
function count(summary: WorkSummary, { status, contentLengthBytes = 0 }: Result): void {
  summary.counts[status] = (summary.counts[status] ?? 0) + 1;
  if (status !== 'current') summary.contentBytes += contentLengthBytes;
}

/** What to do next is said once for all objects that failed for the same reason. */
function tellFailure(io: Io, { from, to, error }: OutputLine, told: Set<string>): void {
  if (error === undefined) return;
  const place = error.code === 'OUTPUT_EXISTS' ? (to ?? from) : from;
  reportFailure(io, { message: `${place}: ${error.message}`, hint: told.has(error.hint) ? '' : error.hint });
  told.add(error.hint);
}
