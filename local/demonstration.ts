import type { VaultOutputs } from './deploy.ts';
import { dropFile, filesBelow, type DroppedFile } from './dropped-file.ts';
import type { Emulator } from './emulator.ts';
import { formatBytes, formatSeconds, formatTable, shorten } from './format.ts';
import { administratorOf, assumeRole, createLocalClients, type LocalClients } from './local-clients.ts';
import { openAndCompare } from './open-and-compare.ts';
import { Progress } from './progress.ts';
import { rotateAndRewrap } from './rotate-and-rewrap.ts';
import { showEnvelope } from './show-envelope.ts';
import { watchSealing } from './watch-sealing.ts';

/** What the demonstration works with. */
export interface Demonstration {
  readonly emulator: Emulator;
  readonly outputs: VaultOutputs;
  /** The folder whose files are dropped, or one file. */
  readonly folder: string;
  /** Announces a step. */
  readonly step: (line: string) => void;
}

const rowsShown = 25;

/**
 * Takes a folder of files through the whole pipeline and prints what happens.
 *
 * @throws {@link LocalError} or SealdropError where anything does not come out as it should.
 */
export async function demonstrate({ emulator, outputs, folder, step }: Demonstration): Promise<void> {
  const administrator = createLocalClients(emulator, administratorOf(emulator));
  const opener = await assumeRole(emulator, administrator, outputs.OpenerRoleArn, 'npm-start');
  const progress = new Progress();

  step(`dropping files in s3://${outputs.IntakeBucketName}`);
  const { dropped, sealedAt } = await dropAndWatch(folder, administrator, outputs, progress);
  const bytes = dropped.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  progress.end(
    `${dropped.length} files, ${formatBytes(bytes)}: all sealed in s3://${outputs.SealedBucketName}`,
  );

  step("opening each in the opener's role");
  await openAndCompare(dropped, opener, outputs, progress);
  progress.end(`opened all ${dropped.length} files: every SHA-256 is the one that was dropped`);

  step('one envelope, and its trail');
  const shown = dropped.find(({ lengthBytes }) => lengthBytes > 1) ?? dropped[0];
  if (shown !== undefined) console.log(await showEnvelope(shown, administrator, outputs));

  step('rotating the key on demand, which starts a rewrap run');
  const { run, summary: rewrapped, calls } = await rotateAndRewrap(dropped, administrator, outputs);
  const took = formatSeconds((run.endedAt ?? new Date()).getTime() - run.startedAt.getTime());
  progress.end(
    `rewrapped ${rewrapped.counts.rewrapped} objects in ${took}, reading none; the trail of the run:`,
  );
  console.log(calls);

  step('opening each again, under the new key material');
  await openAndCompare(dropped, opener, outputs, progress);
  progress.end(`opened all ${dropped.length} files: nothing changed but the wrapping`);

  console.log(`\n${summary(dropped, sealedAt)}\n\n${whatNext}`);
}

async function dropAndWatch(
  folder: string,
  clients: LocalClients,
  outputs: VaultOutputs,
  progress: Progress,
): Promise<{ dropped: DroppedFile[]; sealedAt: ReadonlyMap<string, number> }> {
  const paths = await filesBelow(folder);
  const dropped: DroppedFile[] = [];
  const dropAll = async (): Promise<void> => {
    for (const path of paths)
      dropped.push(await dropFile(clients.s3, outputs.IntakeBucketName, folder, path));
  };
  const [sealedAt] = await Promise.all([
    watchSealing({
      dropped,
      allDropped: () => dropped.length === paths.length,
      clients,
      outputs,
      onRound: (files, bytes) => {
        progress.show(`dropped ${dropped.length}, sealed ${files} of ${paths.length}, ${formatBytes(bytes)}`);
      },
    }),
    dropAll(),
  ]);
  return { dropped, sealedAt };
}

function summary(dropped: readonly DroppedFile[], sealedAt: ReadonlyMap<string, number>): string {
  const header = ['file', 'size', 'sealed after', 'opened', 'after rewrap'];
  const rows = dropped
    .slice(0, rowsShown)
    .map(({ key, lengthBytes, droppedAt }) => [
      shorten(key, 44),
      formatBytes(lengthBytes),
      formatSeconds(Math.max(0, (sealedAt.get(key) ?? droppedAt) - droppedAt)),
      'same',
      'same',
    ]);
  const more = dropped.length > rowsShown ? [`  … and ${dropped.length - rowsShown} more, all the same`] : [];
  return [formatTable([header, ...rows], [1, 2]), ...more].join('\n');
}

const whatNext = `What to try next:
  npm start -- path/to/folder     the same with your own files
  npm start -- --keep             leave the stack running and reach it with any AWS tool
  npx cdk diff -c env=dev         what would be deployed in your account
  npx cdk deploy --all -c env=dev deploy it`;
