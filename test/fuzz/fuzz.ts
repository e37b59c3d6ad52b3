import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { properties } from './properties.ts';

// The long random run: `npm run fuzz -- --minutes 60`. Every property in turn, each time with another seed; it
// stops at the first finding, with what is needed to see it again.

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const runsPerTurn = 200;
const end = Date.now() + Number(values.minutes) * 60_000;
let seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const executions = new Map(properties.map(({ name }) => [name, 0]));

while (Date.now() < end && process.exitCode === undefined) {
  for (const { name, property } of properties) {
    const result = await fc.check(property as fc.IAsyncProperty<unknown>, { seed, numRuns: runsPerTurn });
    executions.set(name, (executions.get(name) ?? 0) + result.numRuns);
    if (!result.failed) continue;
    console.error(`found with seed ${seed}: ${name}\n${fc.defaultReportMessage(result)}`);
    process.exitCode = 1;
    break;
  }
  seed = (seed + 1) % 2 ** 31;
}

for (const [name, count] of executions) console.log(`${String(count).padStart(10)}  ${name}`);
console.log(`${[...executions.values()].reduce((sum, count) => sum + count, 0)} executions`);
