import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Progress, type Totals } from '../../cli/progress.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** The line after some seconds of some work. */
function lineAfter(
  seconds: number,
  { objects = 0, bytes = 0, totals = {} }: { objects?: number; bytes?: number; totals?: Partial<Totals> },
  measure: 'bytes' | 'objects' = 'bytes',
): string {
  let now = 5000;
  const progress = new Progress(fakeIo({ isTTY: true }), () => now, measure);
  Object.assign(progress.totals, totals);
  progress.addBytes(bytes);
  for (let each = 0; each < objects; each += 1) progress.addObject();
  now += seconds * 1000;
  const line = progress.line();
  progress.end();
  return line;
}

const kibibyte = 1024;

describe('the line of work that takes as long as there are objects', () => {
  test.each<[number, Parameters<typeof lineAfter>[1], string]>([
    [0, {}, '0 objects · 0.0/s'],
    [2, { objects: 3 }, '3 objects · 1.5/s'],
    [
      10,
      { objects: 5, totals: { objects: 10, bytes: 1000, isComplete: true } },
      '5 of 10 objects · 0.5/s · 10 s left',
    ],
  ])('after %d s of %j', (seconds, work, expected) => {
    expect(lineAfter(seconds, work, 'objects')).toBe(expected);
  });
});

describe('the line', () => {
  test.each<[string, number, Parameters<typeof lineAfter>[1], string]>([
    ['at the start', 0, {}, '0 objects · 0 B · 0 B/s'],
    ['before time has passed', 0, { objects: 1, bytes: 5 }, '1 object · 5 B · 0 B/s'],
    ['on its way', 2, { objects: 3, bytes: 4 * kibibyte }, '3 objects · 4.0 KiB · 2.0 KiB/s'],
    [
      'while it is counted',
      2,
      { objects: 1, bytes: 8, totals: { objects: 9, bytes: 80 } },
      '1 object · 8 B · 4 B/s',
    ],
    [
      'once it is counted',
      2,
      { objects: 1, bytes: 20, totals: { objects: 4, bytes: 80, isComplete: true } },
      '1 of 4 objects · 20 B of 80 B · 10 B/s · 6 s left',
    ],
    [
      'behind in bytes',
      10,
      { objects: 3, bytes: 10, totals: { objects: 4, bytes: 1000, isComplete: true } },
      '3 of 4 objects · 10 B of 1000 B · 1 B/s · 16 min 30 s left',
    ],
    [
      'behind in objects',
      10,
      { objects: 1, bytes: 990, totals: { objects: 11, bytes: 1000, isComplete: true } },
      '1 of 11 objects · 990 B of 1000 B · 99 B/s · 1 min 40 s left',
    ],
    [
      'where nothing has to be read',
      10,
      { objects: 5, totals: { objects: 10, bytes: 1000, isComplete: true } },
      '5 of 10 objects · 0 B of 1000 B · 0 B/s · 10 s left',
    ],
    [
      'at the end',
      4,
      { objects: 1, bytes: 80, totals: { objects: 1, bytes: 80, isComplete: true } },
      '1 of 1 object · 80 B of 80 B · 20 B/s · 0 s left',
    ],
    [
      'past what was counted',
      4,
      { objects: 3, bytes: 90, totals: { objects: 1, bytes: 80, isComplete: true } },
      '3 of 1 object · 90 B of 80 B · 23 B/s · 0 s left',
    ],
    [
      'of many',
      1,
      { objects: 1234, totals: { objects: 56_789, bytes: 0, isComplete: true } },
      '1,234 of 56,789 objects · 0 B of 0 B · 0 B/s · 45 s left',
    ],
  ])('%s', (_, seconds, work, line) => {
    expect(lineAfter(seconds, work)).toBe(line);
  });

  test('tells of the time left of the first object, which may be large', () => {
    const totals = { objects: 1, bytes: 100, isComplete: true };
    expect(lineAfter(10, { bytes: 50, totals })).toBe('0 of 1 object · 50 B of 100 B · 5 B/s · 10 s left');
  });
});

/** A progress that runs for a while. */
function shown(io: FakeIo, milliseconds: number): Progress {
  const progress = new Progress(io, () => Date.now());
  jest.advanceTimersByTime(milliseconds);
  return progress;
}

describe('on a terminal', () => {
  test('the line is drawn five times a second, over itself', () => {
    const io = fakeIo({ isTTY: true });
    const progress = shown(io, 199);
    expect([progress.isShown, io.stderr.writes]).toEqual([true, []]);
    jest.advanceTimersByTime(801);
    expect(io.stderr.writes).toHaveLength(5);
    progress.end();
  });

  test('the line begins at the left and clears what was there', () => {
    const io = fakeIo({ isTTY: true });
    const progress = shown(io, 400);
    expect(io.stderr.writes).toEqual(Array(2).fill('\r0 objects · 0 B · 0 B/s\u001b[K'));
    progress.clear();
    progress.end();
    jest.advanceTimersByTime(1000);
    expect(io.stderr.writes.slice(2)).toEqual(['\r\u001b[K', '\r\u001b[K']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([0, 1, 2, 10, 24, 25, 200])('of %i columns the line is shorter', (columns) => {
    const io = fakeIo({ isTTY: true, columns });
    shown(io, 200).end();
    const [line = ''] = io.stderr.text.split('\u001b[K');
    expect(line).toBe(`\r${'0 objects · 0 B · 0 B/s'.slice(0, Math.max(0, columns - 1))}`);
  });

  test('the line follows the width', () => {
    const io = fakeIo({ isTTY: true, columns: 5 });
    const progress = shown(io, 200);
    io.stderr.columns = 8;
    jest.advanceTimersByTime(200);
    progress.end();
    expect(io.stderr.writes.slice(0, 2)).toEqual(['\r0 ob\u001b[K', '\r0 objec\u001b[K']);
  });

  test('the line does not keep the process', () => {
    jest.useRealTimers();
    const timers = jest.spyOn(globalThis, 'setInterval');
    const progress = new Progress(fakeIo({ isTTY: true }));
    expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
    progress.end();
    timers.mockRestore();
  });
});

test('elsewhere nothing is written', () => {
  const io = fakeIo({ isTTY: false });
  const progress = shown(io, 1000);
  progress.addObject();
  progress.clear();
  progress.end();
  expect([progress.isShown, io.stderr.writes, jest.getTimerCount()]).toEqual([false, [], 0]);
});
