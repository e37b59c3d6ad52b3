import { describe, expect, test } from '@jest/globals';
import type { BucketFacts } from '../../cli/rewrap-plan.ts';
import { tellFacts, tellPlan } from '../../cli/tell-plan.ts';
import { priceTable } from '../../operations/price-table.ts';
import { planRewrap, type RewrapMethod, type RewrapPlan } from '../../operations/rewrap-plan.ts';
import { RewrapTally, type ObjectToPlan } from '../../operations/rewrap-work.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const gib = 2 ** 30;

function planFor(
  objects: readonly ObjectToPlan[],
  method: RewrapMethod = 'rewrap',
  isInS3 = true,
): RewrapPlan {
  const tally = new RewrapTally();
  for (const object of objects) tally.add(object);
  return planRewrap(tally.work, { method, lists: 1, requestsPerSecond: 200, isInS3 });
}

const prices = `by the list prices of ${priceTable.asOf} in us-east-1; they differ elsewhere`;

describe('a plan', () => {
  test.each<[string, RewrapPlan, 'at most' | 'exactly', string[]]>([
    ['of nothing', planFor([]), 'at most', []],
    [
      'of one object',
      planFor([{ lengthBytes: 10 }]),
      'at most',
      [
        'plan: rewrap at most 1 object, 10 B',
        'requests at most: S3 1 list, 1 look, 1 copy; KMS 2',
        `price: less than $0.01 ${prices}`,
        'time: at least 1 s, at 200 KMS requests a second',
      ],
    ],
    [
      'of many objects, long and archived ones among them',
      planFor([
        ...Array<ObjectToPlan>(9998).fill({ lengthBytes: 1024 }),
        ...[{ lengthBytes: 6 * gib }, { lengthBytes: 6 * gib }],
        ...[{ lengthBytes: 1, storageClass: 'GLACIER', place: 'object' } as const],
      ]),
      'exactly',
      [
        'plan: rewrap exactly 10,000 objects, 12.0 GiB',
        'requests at most: S3 1 list, 10,001 looks, 10,026 copies; KMS 10,001',
        `price: about $0.08 ${prices}`,
        'time: at least 51 s, at 200 KMS requests a second',
        '2 objects above 5 GiB are copied in parts',
        '1 archived object stays in the old wrapping until restored',
      ],
    ],
    [
      'of an archived object that may have a file',
      planFor([{ lengthBytes: 10, storageClass: 'GLACIER' }]),
      'at most',
      [
        'plan: rewrap at most 1 object, 10 B',
        'requests at most: S3 1 list, 1 look, 1 copy; KMS 2',
        `price: less than $0.01 ${prices}`,
        'time: at least 1 s, at 200 KMS requests a second',
        '1 archived object may stay in the old wrapping until restored',
      ],
    ],
    [
      'of content',
      planFor([{ lengthBytes: 6 * gib }], 'reseal'),
      'at most',
      [
        'plan: reseal at most 1 object, 6.0 GiB',
        'requests at most: S3 1 list, 1 look, 1,229 reads, 1,231 writes; KMS 3',
        `price: less than $0.01 ${prices}`,
        'time: at least 1 s, at 200 KMS requests a second',
      ],
    ],
    [
      'of files',
      planFor([{ lengthBytes: 10 }], 'rewrap', false),
      'at most',
      [
        'plan: rewrap at most 1 object, 10 B',
        'requests at most: KMS 2',
        `price: less than $0.01 ${prices}`,
        'time: at least 1 s, at 200 KMS requests a second',
      ],
    ],
  ])('%s', (_, plan, kind, lines) => {
    const io = fakeIo();
    tellPlan(io, plan, kind, 200);
    expect(io.stderr.text).toBe(lines.map((line) => `sealdrop: ${line}\n`).join(''));
    expect(io.stdout.text).toBe('');
  });
});

describe('what a bucket tells', () => {
  const plan = planFor([{ lengthBytes: gib }]);
  const old = 'until a lifecycle rule expires them (1.0 GiB, about $0.02 a month)';
  const counted = 'noncurrent versions stay as they are; --dry-run counts them';

  test.each<[string, BucketFacts, RewrapPlan, string[]]>([
    ['that keeps no versions', { versioning: 'off', ageRules: [] }, plan, []],
    ['of nothing', { versioning: 'on', ageRules: [] }, planFor([]), []],
    [
      'that nobody may ask',
      {},
      plan,
      ['whether the bucket keeps old versions may not be read (s3:GetBucketVersioning)'],
    ],
    [
      'that keeps versions',
      { versioning: 'on' },
      plan,
      [`the bucket keeps versions: the old ones stay, in the old wrapping, ${old}`, counted],
    ],
    [
      'whose content is resealed',
      { versioning: 'suspended' },
      planFor([{ lengthBytes: gib }], 'reseal'),
      [`the bucket keeps versions: the old ones stay, and open with the old data keys, ${old}`, counted],
    ],
    [
      'whose objects are archived',
      { versioning: 'on', noncurrent: { versions: 0, bytes: 0 } },
      planFor([{ lengthBytes: 1, storageClass: 'GLACIER', place: 'object' } as const]),
      ['there are no noncurrent versions'],
    ],
    [
      'with lifecycle rules',
      {
        versioning: 'off',
        ageRules: [
          {
            id: 'one',
            prefix: '',
            movesAfterDays: [{ days: 1, storageClass: 'GLACIER' }],
            expiresAfterDays: 30,
          },
          { id: 'two', prefix: 'a/', movesAfterDays: [], noncurrentExpireAfterDays: 7 },
        ],
      },
      plan,
      [
        `lifecycle rule "one" counts a copy's age anew: to GLACIER after 1 day, expires after 30 days`,
        'lifecycle rule "two" on "a/" expires old versions after 7 days',
      ],
    ],
  ])('%s', (_, facts, planned, lines) => {
    const io = fakeIo();
    tellFacts(io, facts, planned);
    expect(io.stderr.text).toBe(lines.map((line) => `sealdrop: ${line}\n`).join(''));
  });

  test.each([
    [1, '1 noncurrent version, 2.0 KiB, stays as it is'],
    [2, '2 noncurrent versions, 2.0 KiB, stay as they are'],
  ])('with %i noncurrent versions', (versions, line) => {
    const io = fakeIo();
    tellFacts(io, { versioning: 'on', noncurrent: { versions, bytes: 2048 } }, plan);
    expect(io.stderr.text.split('\n').at(-2)).toBe(`sealdrop: ${line}`);
  });
});
