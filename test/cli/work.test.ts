import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { outputLine } from '../support/output-line-schema.ts';
import { Progress } from '../../cli/progress.ts';
import { work, type Result, type Task, type WorkOptions, type WorkSummary } from '../../cli/work.ts';
import { SealdropError } from '../../envelope/index.ts';
import { thrownBy } from '../support/bytes.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';

const sealed = (contentLengthBytes: number): Result => ({ status: 'sealed', contentLengthBytes });

function task(from: string, run: () => Result | Promise<Result> = () => sealed(1)): Task {
  return { from, to: `to/${from}`, run: async () => run() };
}

function failing(from: string, error: Error = new SealdropError('FILE_CHANGED', 'it changed')): Task {
  return task(from, () => Promise.reject(error));
}

async function* sequence(tasks: readonly Task[]): AsyncGenerator<Task> {
  for (const each of tasks) yield await Promise.resolve(each);
}

async function working(
  io: FakeIo,
  tasks: AsyncIterable<Task> | readonly Task[],
  options: Partial<WorkOptions> = {},
): Promise<WorkSummary> {
  const all = Array.isArray(tasks) ? sequence(tasks as readonly Task[]) : (tasks as AsyncIterable<Task>);
  const summary: WorkSummary = { counts: {}, contentBytes: 0 };
  const progress = new Progress(io);
  await work(all, io, { verb: 'seal', concurrency: 4, json: false, progress, ...options }, summary);
  return summary;
}

/** The lines of JSON on standard output, which all have the shape that is documented. */
function linesOf({ stdout }: FakeIo): unknown[] {
  const lines = stdout.text.split('\n').slice(0, -1);
  return lines.map((line) => outputLine.parse(JSON.parse(line)));
}

describe('results', () => {
  test.each([
    [1, [0, 1, 2, 3]],
    [2, [1, 2, 3, 0]],
    [16, [1, 3, 2, 0]],
  ])('are told as they come, %i at once', async (concurrency, order) => {
    const io = fakeIo();
    const waits = [200, 0, 60, 20];
    const tasks = waits.map((wait, place) =>
      task(String(place), async () => {
        await sleep(wait);
        return sealed(place);
      }),
    );
    await working(io, tasks, { json: true, concurrency });
    expect(linesOf(io)).toEqual(
      order.map((place) => ({
        ...{ verb: 'seal', from: String(place), to: `to/${place}`, status: 'sealed' },
        contentLengthBytes: place,
      })),
    );
  });

  test('are told while others are not there yet', async () => {
    const io = fakeIo();
    const slow = Promise.withResolvers<Result>();
    const tasks = [task('slow', () => slow.promise), task('quick'), task('other')];
    const done = working(io, tasks, { json: true });
    await sleep(20);
    expect(linesOf(io)).toMatchObject([{ from: 'quick' }, { from: 'other' }]);
    slow.resolve(sealed(1));
    await done;
    expect(linesOf(io)).toHaveLength(3);
  });

  test('are counted, with the bytes of what was not there before', async () => {
    const results: Result[] = [
      sealed(5),
      sealed(7),
      { status: 'current', contentLengthBytes: 100 },
      { status: 'planned', contentLengthBytes: 1 },
      { status: 'opened' },
    ];
    const tasks = [...results.map((result, place) => task(String(place), () => result)), failing('x')];
    expect(await working(fakeIo(), tasks)).toEqual({
      counts: { sealed: 2, current: 1, planned: 1, opened: 1, failed: 1 },
      contentBytes: 13,
    });
  });

  test('of nothing are nothing', async () => {
    const io = fakeIo();
    expect(await working(io, [])).toEqual({ counts: {}, contentBytes: 0 });
    expect(io.stdout.text + io.stderr.text).toBe('');
  });

  test('are told to whoever does not read JSON, failures apart', async () => {
    const io = fakeIo();
    const told: string[] = [];
    const tell: WorkOptions['tell'] = ({ from, status }) => told.push(`${from} ${status}`);
    await working(io, [task('a'), failing('b'), task('c', () => ({ status: 'current' }))], { tell });
    expect(told).toEqual(['a sealed', 'c current']);
    expect(io.stdout.text).toBe('');
    told.length = 0;
    await working(io, [task('a'), failing('b')], { tell, json: true });
    expect([told, linesOf(io).length]).toEqual([[], 2]);
  });

  test('have a finding beside them, and a version', async () => {
    const io = fakeIo();
    const error = new SealdropError('CONTEXT_MISMATCH', 'not bound', { fields: { expectedNames: ['a'] } });
    const found = { from: 'a', run: () => Promise.resolve({ status: 'finding', error } as const) };
    await working(io, [found, task('b', () => ({ ...sealed(1), versionId: 'v1' }))], {
      json: true,
      verb: 'verify',
    });
    expect(linesOf(io)).toEqual([
      {
        ...{ verb: 'verify', from: 'a', status: 'finding' },
        error: { code: 'CONTEXT_MISMATCH', message: 'not bound; expected names: a', hint: error.hint },
      },
      { verb: 'verify', from: 'b', to: 'to/b', status: 'sealed', contentLengthBytes: 1, versionId: 'v1' },
    ]);
  });
});

describe('a task that fails', () => {
  test('does not stop the others', async () => {
    const io = fakeIo();
    const { counts } = await working(io, [
      failing('a'),
      task('b'),
      failing('c', new TypeError('no')),
      task('d'),
    ]);
    expect(counts).toEqual({ sealed: 2, failed: 2 });
    expect(io.stderr.text).toContain('error: a: it changed\n');
    expect(io.stderr.text).toContain('error: c: TypeError: no\n');
  });

  test('and throws before it works does not either', async () => {
    const thrower: Task = {
      from: 'a',
      run: () => {
        throw new SealdropError('FILE_CHANGED', 'at once');
      },
    };
    expect((await working(fakeIo(), [thrower, task('b')])).counts).toEqual({ sealed: 1, failed: 1 });
  });

  test('gives the hint that others gave only once', async () => {
    const io = fakeIo();
    const other = new SealdropError('DISK_FULL', 'no space', { hint: 'make space' });
    await working(io, [failing('a'), failing('b'), failing('c', other), failing('d'), failing('e', other)]);
    const lines = io.stderr.text.split('\n');
    expect(lines.map((line) => line.slice(10, 18))).toEqual([
      ...['error: a', 'hint: th', 'error: b', 'error: c', 'hint: ma', 'error: d', 'error: e', ''],
    ]);
  });

  test('is a line of JSON with all that is known', async () => {
    const io = fakeIo();
    await working(io, [failing('a')], { json: true });
    expect(linesOf(io)).toEqual([
      {
        ...{ verb: 'seal', from: 'a', to: 'to/a', status: 'failed' },
        error: { code: 'FILE_CHANGED', message: 'it changed', hint: expect.any(String) },
      },
    ]);
    expect(io.stderr.text).toBe('');
  });
});

describe('tasks', () => {
  test('are done so many at once and no more', async () => {
    let running = 0;
    let most = 0;
    const tasks = Array.from({ length: 20 }, (_, place) =>
      task(String(place), async () => {
        most = Math.max(most, (running += 1));
        await sleep(2);
        running -= 1;
        return sealed(1);
      }),
    );
    await working(fakeIo(), tasks, { concurrency: 3 });
    expect(most).toBe(3);
  });

  test('do not wait for a slow first one', async () => {
    let isDone = 0;
    const enough = Promise.withResolvers<Result>();
    const quick = Array.from({ length: 3000 }, (_, place) =>
      task(String(place), () => {
        if ((isDone += 1) === 3000) enough.resolve(sealed(0));
        return sealed(1);
      }),
    );
    const { counts } = await working(fakeIo(), [task('slow', () => enough.promise), ...quick], {
      concurrency: 2,
    });
    expect(counts).toEqual({ sealed: 3001 });
  });

  test('are not drawn before it is their turn', async () => {
    let drawn = 0;
    const slow = Promise.withResolvers<Result>();
    async function* many(): AsyncGenerator<Task> {
      for (; drawn < 100; drawn += 1) yield await Promise.resolve(task('slow', () => slow.promise));
    }
    const done = working(fakeIo(), many(), { concurrency: 3 });
    await sleep(50);
    expect(drawn).toBeLessThanOrEqual(3);
    slow.resolve(sealed(1));
    expect((await done).counts).toEqual({ sealed: 100 });
  });

  test('whose sequence fails: the ones before are told, then it throws', async () => {
    const io = fakeIo();
    const slow = (): Promise<Result> => sleep(30, sealed(1));
    async function* broken(): AsyncGenerator<Task> {
      yield await Promise.resolve(task('a', slow));
      throw new SealdropError('ACCESS_DENIED', 'no list');
    }
    expect(await thrownBy(() => working(io, broken(), { json: true }))).toMatchObject({
      code: 'ACCESS_DENIED',
    });
    expect(linesOf(io)).toHaveLength(1);
  });
});

describe('the user stops it', () => {
  test('nothing is told of what was stopped, nor begun afterwards', async () => {
    const io = fakeIo();
    const begun: string[] = [];
    const stopping = task('b', () => {
      io.stop();
      throw new SealdropError('ABORTED', 'stopped');
    });
    const others = ['c', 'd', 'e'].map((from) =>
      task(from, () => {
        begun.push(from);
        return sealed(1);
      }),
    );
    const summary = await working(io, [task('a'), stopping, ...others], { json: true, concurrency: 1 });
    expect(linesOf(io)).toMatchObject([{ from: 'a', status: 'sealed' }]);
    expect([summary.counts, begun, io.stderr.text]).toEqual([{ sealed: 1 }, [], '']);
  });

  test('what was done all the same is told', async () => {
    const io = fakeIo();
    const last = task('a', () => {
      io.stop();
      return sealed(3);
    });
    expect((await working(io, [last])).counts).toEqual({ sealed: 1 });
  });
});

test('progress makes room before each line', async () => {
  const io = fakeIo({ isTTY: true });
  const progress = new Progress(io);
  await working(io, [failing('a'), failing('b')], { progress });
  progress.end();
  expect(progress.line()).toMatch(/^2 objects /);
  const [first, second, , , fourth] = io.stderr.writes;
  expect([first, second?.endsWith('a: it changed\n'), fourth]).toEqual([
    '\r\u001b[K',
    true,
    expect.stringContaining('b: it changed'),
  ]);
});
