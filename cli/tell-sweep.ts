import { reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { printable } from './printable.ts';
import { showCount } from './sizes.ts';
import { countOf, type SweepFinding, type SweepReport, type VersionClass } from './sweep.ts';
import { table } from './table.ts';

const classes: readonly VersionClass[] = ['current', 'noncurrent', 'archived'];

const words: Readonly<Record<SweepFinding['answer'], string>> = {
  needed: 'needs it',
  unclear: 'unclear',
  unseen: 'not looked at',
};

/** Tells what a sweep found: what stands in the way one by one, then how many of each kind. */
export function tellSweep(io: Io, report: SweepReport): void {
  const toldHints = new Set<string>();
  for (const finding of report.findings) tellFinding(io, finding, toldHints);
  const more = countOf(report, 'needed', 'unclear', 'unseen') - report.findings.length;
  if (more > 0) io.stdout.write(`and ${showCount(more, 'version')} more\n`);
  const rows = classes.map((each) => {
    const of = report.counts[each];
    const numbers = [of.needed, of['not-needed'], of.unclear, of.unseen, of['no-data-key']];
    return [each, ...numbers.map((count) => count.toLocaleString('en-US'))];
  });
  const head = ['VERSIONS', 'NEED IT', 'DO NOT', 'UNCLEAR', 'NOT LOOKED AT', 'WITHOUT A DATA KEY'];
  io.stdout.write(table([head, ...rows]));
  if (report.gone > 0) io.stdout.write(`${showCount(report.gone, 'version')} gone before anybody looked\n`);
}

/** What to do next is said once for all that failed for the same reason. */
function tellFinding(
  io: Io,
  { place, versionId, versionClass, answer, error }: SweepFinding,
  toldHints: Set<string>,
): void {
  io.stdout.write(`${printable(`${words[answer]}: ${place}, version ${versionId} (${versionClass})`)}\n`);
  if (error === undefined) return;
  reportFailure(io, { message: error.message, hint: toldHints.has(error.hint) ? '' : error.hint });
  toldHints.add(error.hint);
}

/** What no sweep can tell, in plain words. */
export const beyondASweep: readonly string[] = [
  'nobody can tell from here: copies elsewhere, backups, replicas, other buckets, uploads that are under way,',
  'data keys that a cache still seals with, and what other programs encrypted under the key; its last uses are in CloudTrail',
];
