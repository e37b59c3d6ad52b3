import type { OpenPolicy, WrappingRecord } from '../envelope/index.ts';
import { hasCode } from '../operations/has-code.ts';
import type { CopyingStore, ObjectAddress } from '../operations/object-store.ts';
import { resealObject } from '../operations/reseal-object.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { rewrapObject, type RewrapOutcome } from '../operations/rewrap-object.ts';
import type { RewrapMethod } from '../operations/rewrap-plan.ts';
import type { RewrapTally } from '../operations/rewrap-work.ts';
import type { Vault } from '../operations/vault.ts';
import { tellingWrittenChecksum } from './files/written-checksum.ts';
import type { Filter } from './filters.ts';
import type { Located } from './located.ts';
import { meteredCopying } from './metered-store.ts';
import { wanted } from './transfer.ts';
import type { Result, Task } from './work.ts';
import type { WrappingSession } from './wrapping-session.ts';

/** How each object is worked on. */
export interface RewrapTasksOptions extends OpenPolicy {
  readonly method: RewrapMethod;
  readonly session: WrappingSession;
  readonly vault: Vault;
  readonly instructionFileSuffix?: string;
  readonly dryRun: boolean;
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
  /** Takes note of what a dry run finds to do. */
  readonly tally: RewrapTally;
}

/** A wrapping that no object records: each one needs to be worked on. */
const nobodys: WrappingRecord = { keyArn: '' };

/** One task for one object, or for each below a tree. */
export async function* rewrapTasks(
  source: Located<CopyingStore>,
  options: RewrapTasksOptions,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Task> {
  const { bucket, key, isTree, show } = source;
  const run = (object: ObjectAddress): Promise<Result> => workOn(object, source, options, onBytes);
  if (!isTree) {
    yield { from: show(key), run: () => run({ bucket, key }) };
    return;
  }
  for await (const object of wanted(source, options.filters, options.signal)) {
    if (options.signal.aborted) return;
    yield { from: show(object.key), run: () => run({ bucket, key: object.key }) };
  }
}

async function workOn(
  object: ObjectAddress,
  { store, isTree }: Located<CopyingStore>,
  options: RewrapTasksOptions,
  onBytes: (bytes: number) => void,
): Promise<Result> {
  const isResealing = options.method === 'reseal' && !options.dryRun;
  try {
    return await retryWhileThrottled(
      () => (isResealing ? reseal(object, store, options, onBytes) : rewrap(object, store, options)),
      { signal: options.signal },
    );
  } catch (error) {
    // Below a tree, what was listed may be gone by now.
    if (isTree && hasCode(error, 'OBJECT_NOT_FOUND')) return { status: 'gone' };
    if (hasCode(error, 'OBJECT_ARCHIVED')) return { status: 'archived' };
    if (isTree && hasCode(error, 'NOT_SEALED')) return { status: 'not-sealed' };
    throw error;
  }
}

async function rewrap(
  object: ObjectAddress,
  store: CopyingStore,
  { method, session, vault, instructionFileSuffix, dryRun, signal, tally }: RewrapTasksOptions,
): Promise<Result> {
  const outcome = await rewrapObject(object, {
    ...{ store, keyring: session.keyring, vault, instructionFileSuffix, dryRun, signal },
    current: method === 'rewrap' ? session.current : nobodys,
  });
  if (dryRun) note(outcome, method, tally);
  return { status: outcome.status, sealedLengthBytes: outcome.lengthBytes };
}

function note({ status, lengthBytes, place }: RewrapOutcome, method: RewrapMethod, tally: RewrapTally): void {
  if (status === 'archived') tally.add({ lengthBytes, storageClass: 'GLACIER', place: 'object' });
  else if (status !== 'planned') tally.addLeftAlone();
  else if (method === 'rewrap') tally.add({ lengthBytes, place });
  else {
    // To seal anew takes the content, wherever the data key is.
    tally.add({ lengthBytes });
    if (place === 'instruction-file') tally.addInstructionFile();
  }
}

async function reseal(
  object: ObjectAddress,
  store: CopyingStore,
  { session, method: _method, session: _session, ...options }: RewrapTasksOptions,
  onBytes: (bytes: number) => void,
): Promise<Result> {
  const verifiable = object.bucket === '' ? tellingWrittenChecksum(store) : store;
  const { written, contentLengthBytes } = await resealObject(object, {
    ...options,
    ...{ store: meteredCopying(verifiable, onBytes), keyring: session.keyring },
  });
  const { versionId } = written;
  return { status: 'resealed', contentLengthBytes, ...(versionId === undefined ? {} : { versionId }) };
}
