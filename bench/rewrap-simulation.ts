import { formatTable } from '../local/format.ts';
import { planRun } from '../operations/rewrap-run-plan.ts';
import { RewrapTally } from '../operations/rewrap-work.ts';

// How long a scheduled run over 1,000,000 objects takes, and what it costs, by the planner that the command has: with
// the budget that a vault has by default, with what S3 copies a second below one prefix, and with the quota that KMS
// gives an account in most Regions. Sources: S3 User Guide, "Best practices design patterns"; KMS Developer Guide,
// "Request quotas".

const objectBytes = 1024 ** 2;
const objects = 1_000_000;
const shapes = [
  { name: 'the default budget, 20 workers', requestsPerSecond: 500, workers: 20 },
  { name: 'what one prefix of S3 takes', requestsPerSecond: 3_500, workers: 40 },
  { name: "KMS's quota, over 6 prefixes", requestsPerSecond: 20_000, workers: 200 },
];

const tally = new RewrapTally();
for (let index = 0; index < objects; index += 1) tally.add({ lengthBytes: objectBytes });

const rows = shapes.map(({ name, ...shape }) => {
  const { seconds, isLimitedBy, batches, transitions, price, rewrap } = planRun(tally.work, shape);
  return [
    `${name} (${shape.requestsPerSecond}/s)`,
    `${(seconds / 60).toFixed(1)} min`,
    isLimitedBy,
    String(batches),
    String(transitions),
    `$${price.toFixed(2)}`,
    `$${rewrap.price.toFixed(2)}`,
  ];
});
const header = [
  '1,000,000 objects of 1 MiB',
  'time',
  'limited by',
  'batches',
  'transitions',
  'price',
  'of it requests',
];
console.log(formatTable([header, ...rows], [1, 3, 4, 5, 6]));
const { oldVersionsPricePerMonth, prices } = planRun(tally.work, { requestsPerSecond: 500 }).rewrap;
console.log(
  `Until a rule expires them, the old versions cost $${oldVersionsPricePerMonth.toFixed(2)} a month. ` +
    `List prices of ${prices.region}, ${prices.asOf}.`,
);
