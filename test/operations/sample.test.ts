import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sampled, type Sample } from '../../operations/sample.ts';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let each = 0; each < count; each += 1) yield await Promise.resolve(each);
}

async function sampleOf(
  total: number,
  sample: Sample,
  random?: (below: number) => number,
): Promise<number[]> {
  const all: number[] = [];
  for await (const item of sampled(numbers(total), sample, random)) all.push(item);
  return all;
}

/** The same whole numbers on every run: a linear congruential generator (Numerical Recipes). */
function seeded(seed: number): (below: number) => number {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 1_664_525n + 1_013_904_223n) % 4_294_967_296n;
    return Math.floor((Number(state) / 4_294_967_296) * below);
  };
}

describe('a share', () => {
  test('of all is all', async () => {
    expect(await sampleOf(500, { share: 1 })).toEqual([...Array(500).keys()]);
    expect(await sampleOf(3, { share: 1 }, (below) => below - 1)).toEqual([0, 1, 2]);
  });

  test.each([
    [0.01, 9_999, true],
    [0.01, 10_000, false],
    [0.5, 499_999, true],
    [0.5, 500_000, false],
  ])('of %d takes what the dice %d say', async (share, dice, isTaken) => {
    expect(await sampleOf(1, { share }, () => dice)).toHaveLength(isTaken ? 1 : 0);
  });

  test('takes about its part, in order', async () => {
    const taken = await sampleOf(20_000, { share: 0.1 }, seeded(1));
    expect(Math.abs(taken.length - 2_000)).toBeLessThan(250);
    expect(taken).toEqual([...new Set(taken)].sort((one, other) => one - other));
  });

  test('gives what it takes at once', async () => {
    let drawn = 0;
    async function* endless(): AsyncGenerator<number> {
      for (;;) yield await Promise.resolve((drawn += 1));
    }
    for await (const item of sampled(endless(), { share: 1 })) if (item === 3) break;
    expect(drawn).toBe(3);
  });
});

describe('a number of items', () => {
  test('is exactly that many, or all, distinct and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 70 }), fc.nat(), async (total, count, seed) => {
        const taken = await sampleOf(total, { count }, seeded(seed));
        expect(taken).toHaveLength(Math.min(total, count));
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken).toEqual([...taken].sort((one, other) => one - other));
        expect(taken.every((each) => each >= 0 && each < total)).toBe(true);
      }),
    );
  });

  test.each([
    [1, 2],
    [5, 6],
    [5, 20],
  ])('is any %i of %i alike', async (count, total) => {
    const random = seeded(7);
    const rounds = 2_000;
    const counts = Array<number>(total).fill(0);
    for (let round = 0; round < rounds; round += 1) {
      for (const each of await sampleOf(total, { count }, random)) counts[each] = (counts[each] ?? 0) + 1;
    }
    const share = count / total;
    const deviation = Math.sqrt(rounds * share * (1 - share));
    for (const times of counts) expect(Math.abs(times - rounds * share)).toBeLessThan(5 * deviation);
  });

  test('is random by itself', async () => {
    const some = new Set<string>();
    for (let round = 0; round < 10; round += 1) some.add(String(await sampleOf(1000, { count: 3 })));
    expect(some.size).toBeGreaterThan(1);
  });
});
