import { describe, expect, test } from '@jest/globals';
import { wakingClock } from '../../lambda/waking-clock.ts';

function createScene() {
  const sources = { wall: 1_800_000_000_000, steady: 5_000 };
  const clock = wakingClock({ wall: () => sources.wall, steady: () => sources.steady });
  const start = clock();
  const pass = (wall: number, steady: number) => {
    sources.wall += wall;
    sources.steady += steady;
    return clock() - start;
  };
  return { pass };
}

describe('the clock', () => {
  test('goes with the steady one', () => {
    const { pass } = createScene();
    expect([pass(10, 10), pass(0, 0), pass(5, 5)]).toEqual([10, 10, 15]);
  });

  test('counts the time in which that stood still', () => {
    const { pass } = createScene();
    pass(10, 10);
    expect(pass(300_000, 2)).toBe(300_010);
    expect(pass(10, 10)).toBe(300_020);
    expect(pass(60_000, 0)).toBe(360_020);
  });

  test('does not go back where the time of day is set back, and counts what stands still after that', () => {
    const { pass } = createScene();
    expect(pass(-3_600_000, 10)).toBe(10);
    expect(pass(300_000, 0)).toBe(300_010);
  });

  test('goes no faster for being asked often, though the time of day comes in whole milliseconds', () => {
    const sources = { time: 0 };
    const clock = wakingClock({ wall: () => Math.floor(sources.time), steady: () => sources.time });
    const start = clock();
    for (let count = 0; count < 1_000; count += 1) {
      sources.time += 0.3;
      clock();
    }
    expect(clock() - start).toBeGreaterThanOrEqual(300 - 1e-6);
    expect(clock() - start).toBeLessThan(302);
  });

  test('reads the clocks of the machine by itself', () => {
    const clock = wakingClock();
    const [first, second] = [clock(), clock()];
    expect(second).toBeGreaterThanOrEqual(first);
  });
});
