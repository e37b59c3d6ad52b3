import { describe, expect, test } from '@jest/globals';
import { planRun } from '../../operations/rewrap-run-plan.ts';
import { RewrapTally } from '../../operations/rewrap-work.ts';

function workOf(objects: number, lengthBytes = 100_000): RewrapTally['work'] {
  const tally = new RewrapTally();
  for (let object = 0; object < objects; object += 1) tally.add({ lengthBytes });
  return tally.work;
}

describe('a run over 1,000,000 objects', () => {
  const million = workOf(1_000_000);

  test('at 500 requests a second takes half an hour, and less than $15', () => {
    const plan = planRun(million, { requestsPerSecond: 500 });
    expect(plan).toMatchObject({
      ...{ objects: 1_000_000, batches: 10_000, transitions: 40_008 },
      isLimitedBy: 'requests-per-second',
    });
    expect(plan.seconds).toBeCloseTo(2000, 0);
    expect(plan.price).toBeGreaterThan(plan.rewrap.price);
    expect(plan.price).toBeLessThan(15);
  });

  test('is limited by its workers where KMS gives more', () => {
    const plan = planRun(million, {
      requestsPerSecond: 10_000,
      workers: 5,
      concurrency: 10,
      secondsPerObject: 0.1,
    });
    expect([plan.isLimitedBy, plan.seconds]).toEqual(['workers', 2000]);
  });
});

test.each([
  [0, 0, 8],
  [1, 1, 12],
  [100, 1, 12],
  [101, 2, 16],
])('%i objects are %i batches, and %i transitions', (objects, batches, transitions) => {
  expect(planRun(workOf(objects), { requestsPerSecond: 1 })).toMatchObject({ objects, batches, transitions });
});

test('grows in proportion to the objects', () => {
  const [few, many] = [1000, 100_000].map((objects) => planRun(workOf(objects), { requestsPerSecond: 100 }));
  expect((many?.seconds ?? 0) / (few?.seconds ?? 1)).toBeCloseTo(100, 0);
});
