import { describe, expect, test } from '@jest/globals';
import { priceTable, type PriceTable } from '../../operations/price-table.ts';
import { planRewrap, type RewrapPlanOptions, type S3Requests } from '../../operations/rewrap-plan.ts';
import { RewrapTally, type ObjectToPlan } from '../../operations/rewrap-work.ts';

const gib = 2 ** 30;

/** Prices that tell one kind from another. */
const prices: PriceTable = {
  ...{ asOf: '2001-02-03', region: 'here', s3Write: 1, s3Read: 0.01, s3GibMonth: 5, kmsRequest: 100 },
  ...{ lambdaGibSecond: 0, lambdaRequest: 0, stateTransition: 0 },
};

function planFor(objects: readonly ObjectToPlan[], options: Partial<RewrapPlanOptions> = {}) {
  const tally = new RewrapTally();
  for (const object of objects) tally.add(object);
  return planRewrap(tally.work, { method: 'rewrap', lists: 1, requestsPerSecond: 2, prices, ...options });
}

const small = { lengthBytes: 1000 };
const long = { lengthBytes: 5 * gib + 1 };
const beside = { lengthBytes: 5 * gib + 1, place: 'instruction-file' } as const;
const frozen = { lengthBytes: 1000, storageClass: 'GLACIER', place: 'object' } as const;
const listedFrozen = { lengthBytes: 1000, storageClass: 'GLACIER' };
const parted = { lengthBytes: 11 * 2 ** 20 };

describe('the requests', () => {
  test.each<[string, ObjectToPlan[], S3Requests, number]>([
    ['nothing', [], { lists: 1, heads: 0, gets: 0, writes: 0 }, 1],
    ['a small object', [small], { lists: 1, heads: 1, gets: 0, writes: 1 }, 2],
    ['a long one', [long], { lists: 1, heads: 1, gets: 0, writes: 13 }, 2],
    ['one beside an instruction file', [beside], { lists: 1, heads: 2, gets: 1, writes: 1 }, 2],
    ['an archived one', [frozen], { lists: 1, heads: 1, gets: 0, writes: 0 }, 1],
    ['one that may be', [listedFrozen], { lists: 1, heads: 1, gets: 0, writes: 1 }, 2],
    ['several', [small, small, long, beside, frozen], { lists: 1, heads: 6, gets: 1, writes: 16 }, 5],
  ])('of a rewrap of %s', (_, objects, s3, kmsRequests) => {
    expect(planFor(objects)).toMatchObject({ s3, kmsRequests });
  });

  test.each<[string, ObjectToPlan[], S3Requests, number]>([
    ['nothing', [], { lists: 1, heads: 0, gets: 0, writes: 0 }, 1],
    ['a small object', [small], { lists: 1, heads: 1, gets: 1, writes: 1 }, 3],
    ['one in parts', [parted], { lists: 1, heads: 1, gets: 3, writes: 5 }, 3],
  ])('of a reseal of %s', (_, objects, s3, kmsRequests) => {
    expect(planFor(objects, { method: 'reseal' })).toMatchObject({ s3, kmsRequests });
  });

  test('are none of S3 for files', () => {
    expect(planFor([small, small], { isInS3: false })).toMatchObject({
      s3: { lists: 0, heads: 0, gets: 0, writes: 0 },
      ...{ kmsRequests: 3, price: 300 },
    });
  });

  test('are more where several keys may have wrapped', () => {
    expect(planFor([small, small], { keysAsked: 2 }).kmsRequests).toBe(6);
  });
});

describe('the price', () => {
  test('is that of each kind of request', () => {
    expect(planFor([small, small], { lists: 3 }).price).toBeCloseTo(3 + 2 + 2 * 0.01 + 3 * 100);
  });

  test('of the old versions is by what is copied', () => {
    expect(planFor([{ lengthBytes: 2 * gib }, beside]).oldVersionsPricePerMonth).toBe(10);
  });

  test('of a million small objects is some eight dollars', () => {
    const work = { ...planFor([small]), objects: 1_000_000, bytes: 1e9, copiedBytes: 1e9 };
    const { price } = planRewrap(work, { method: 'rewrap', lists: 1000, requestsPerSecond: 200 });
    expect(price).toBeCloseTo(0.4 + 5 + 0.005 + 3, 1);
  });
});

test('the time is that of KMS', () => {
  expect(planFor([small, small, small]).seconds).toBe(2);
});

test('the table says of when and where its prices are', () => {
  expect(priceTable.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(priceTable.region).toBe('us-east-1');
  for (const price of Object.values(priceTable))
    if (typeof price === 'number') expect(price).toBeGreaterThan(0);
});
