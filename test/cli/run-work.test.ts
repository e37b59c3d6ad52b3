import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { exitCodeOf, runWork, tellSummary, type Run } from '../../cli/run-work.ts';
import type { Task, WorkSummary } from '../../cli/work.ts';
import { SealdropError } from '../../envelope/index.ts';
import type { ListedObject } from '../../operations/object-store.ts';
import { failureOf, thrownBy } from '../support/bytes.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';

const done: Task = { from: 'a', run: () => Promise.resolve({ status: 'sealed', contentLengthBytes: 10 }) };

async function* tasksOf(...tasks: (Task | (() => unknown))[]): AsyncGenerator<Task> {
  for (const task of tasks) {
    if (typeof task === 'function') await sleep(20).then(task);
    else yield task;
  }
}

function running(io: FakeIo, tasks: Run['tasks'], more: Partial<Run> = {}): Promise<WorkSummary> {
  return runWork(io, { verb: 'seal', concurrency: 2, json: false, tasks, tell: () => undefined, ...more });
}

describe('a run', () => {
  test('gives what its tasks came to', async () => {
    const summary = await running(fakeIo(), () => tasksOf(done, done));
    expect(summary).toEqual({ counts: { sealed: 2 }, contentBytes: 20 });
  });

  test('fails as the sequence of its tasks does', async () => {
    const error = new SealdropError('ACCESS_DENIED', 'no list');
    const fail = (): void => {
      throw error;
    };
    expect(await thrownBy(() => running(fakeIo(), () => tasksOf(done, fail)))).toBe(error);
  });

  test('that was stopped says so', async () => {
    const io = fakeIo();
    expect(await failureOf(() => running(io, () => tasksOf(io.stop, done)))).toMatchObject({
      code: 'ABORTED',
      message: 'interrupted after 0 objects',
      hint: 'run the same command again: what is done stays, and is passed over',
    });
  });

  test.each([
    [1, 'interrupted after 1 object'],
    [2, 'interrupted after 2 objects'],
  ])('that was stopped after %i objects says so', async (count, message) => {
    const io = fakeIo();
    const tasks = Array<Task>(count).fill(done);
    const failure = await failureOf(() => running(io, () => tasksOf(...tasks, io.stop, done)));
    expect(failure.message).toBe(message);
  });

  test('that was stopped may be gone on with in another way', async () => {
    const io = fakeIo();
    const failure = await failureOf(() => running(io, () => tasksOf(io.stop), { resumeHint: 'think first' }));
    expect(failure.hint).toBe('think first');
  });

  test('that was stopped is stopped, whatever its sequence throws then', async () => {
    const io = fakeIo();
    const stop = (): void => {
      io.stop();
      throw new TypeError('the list broke off');
    };
    expect(await failureOf(() => running(io, () => tasksOf(stop)))).toMatchObject({ code: 'ABORTED' });
  });

  test('that was stopped while it lists knows how much is done', async () => {
    const io = fakeIo();
    const stop = (): void => {
      io.stop();
      throw new SealdropError('ABORTED', 'stopped');
    };
    const failure = await failureOf(() => running(io, () => tasksOf(done, done, stop)));
    expect(failure.message).toBe('interrupted after 2 objects');
  });
});

describe('progress', () => {
  test('shows what is read and what there is, and leaves nothing', async () => {
    const io = fakeIo({ isTTY: true });
    const objects: ListedObject[] = [
      { key: 'a', lengthBytes: 10 },
      { key: 'b', lengthBytes: 20 },
    ];
    const tasks: Run['tasks'] = (onBytes) =>
      tasksOf(done, () => {
        onBytes(10);
        return sleep(300);
      });
    await running(io, tasks, { count: () => listing(objects) });
    expect(io.stderr.text).toMatch(/1 of 2 objects · 10 B of 30 B/);
    expect(io.stderr.text.endsWith('\r\u001b[K')).toBe(true);
    const { length } = io.stderr.writes;
    await sleep(300);
    expect(io.stderr.writes).toHaveLength(length);
  });

  test('shows what was counted before', async () => {
    const io = fakeIo({ isTTY: true });
    const tasks: Run['tasks'] = () => tasksOf(done, () => sleep(300));
    await running(io, tasks, { totals: { objects: 4, bytes: 1 }, measure: 'objects' });
    expect(io.stderr.text).toMatch(/\r1 of 4 objects · \d+\.\d\/s · \d+ s left/);
  });

  test('counts nothing where nobody looks', async () => {
    const counting = (): never => {
      throw new Error('it was counted');
    };
    await running(fakeIo(), () => tasksOf(done), { count: counting });
  });

  test('does without the totals where they cannot be had', async () => {
    const io = fakeIo({ isTTY: true });
    async function* broken(): AsyncGenerator<ListedObject> {
      yield await Promise.resolve({ key: 'a', lengthBytes: 1 });
      throw new SealdropError('ACCESS_DENIED', 'no list');
    }
    await running(io, () => tasksOf(done, () => sleep(300)), { count: broken });
    expect(io.stderr.text).toContain('\r1 object · ');
    expect(io.stderr.text).not.toContain(' of ');
  });

  test('ends where the sequence fails', async () => {
    const io = fakeIo({ isTTY: true });
    const fail = (): void => {
      throw new SealdropError('ACCESS_DENIED', 'no list');
    };
    await failureOf(() => running(io, () => tasksOf(fail)));
    const { length } = io.stderr.writes;
    await sleep(300);
    expect(io.stderr.writes).toHaveLength(length);
  });

  test('stops counting when the work is over', async () => {
    let counted = 0;
    async function* long(signal: AbortSignal): AsyncGenerator<ListedObject> {
      for (; counted < 100 && !signal.aborted; counted += 1)
        yield await sleep(5, { key: 'a', lengthBytes: 1 });
    }
    await running(fakeIo({ isTTY: true }), () => tasksOf(done), { count: long });
    const before = counted;
    await sleep(100);
    expect(counted).toBeLessThanOrEqual(before + 1);
  });
});

async function* listing(objects: readonly ListedObject[]): AsyncGenerator<ListedObject> {
  for (const object of objects) yield await Promise.resolve(object);
}

test.each([
  [{}, 0],
  [{ sealed: 3, current: 2 }, 0],
  [{ failed: 0 }, 0],
  [{ sealed: 3, failed: 1 }, 1],
])('the exit code of %j is %i', (counts, code) => {
  expect(exitCodeOf({ counts, contentBytes: 0 })).toBe(code);
});

test.each([
  [{}, 0, 'there was nothing to do'],
  [{ sealed: 1 }, 0, 'sealed 1 object, 2.0 KiB'],
  [{ opened: 2, current: 3 }, 0, 'opened 2 objects, 2.0 KiB; current 3 objects'],
  [{ planned: 2 }, 0, 'planned 2 objects, 2.0 KiB'],
  [{ current: 1234 }, 0, 'current 1,234 objects'],
  [{ sealed: 0, failed: 1 }, 0, 'failed 1 object'],
  [{ sealed: 1, failed: 1 }, 2, 'sealed 1 object, 2.0 KiB; failed 3 objects'],
  [{}, 1, 'failed 1 object'],
])('the summary of %j, with %i passed over', (counts, passedOver, words) => {
  const io = fakeIo();
  tellSummary(io, { counts, contentBytes: 2048 }, passedOver);
  expect([io.stderr.text, io.stdout.text]).toEqual([`sealdrop: ${words}\n`, '']);
});
