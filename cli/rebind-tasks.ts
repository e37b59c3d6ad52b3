import { hasCode } from '../operations/has-code.ts';
import { headIfThere } from '../operations/head-if-there.ts';
import { isShareError } from '../operations/standing-share.ts';
import { hideSource } from '../operations/move-object.ts';
import type { ObjectAddress, ObjectStore, StoredObject } from '../operations/object-store.ts';
import { rebindObject } from '../operations/rebind-object.ts';
import { assertBoundTo, haveSameBytes, isReboundCopy } from '../operations/rebound-copy.ts';
import { retryWhileChanged } from '../operations/retry-while-changed.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { contextOf, type Vault } from '../operations/vault.ts';
import { conditionFrom, outputExists } from '../operations/write-condition.ts';
import type { Filter } from './filters.ts';
import type { Located } from './located.ts';
import { moves, type Move } from './transfer.ts';
import type { Result, Task } from './work.ts';
import type { WrappingSession } from './wrapping-session.ts';

/** From where to where, both in S3. */
export interface BucketTransfer {
  readonly source: Located<ObjectStore>;
  readonly destination: Located<ObjectStore>;
}

/** How each object is bound anew. */
export interface RebindTasksOptions {
  readonly session: WrappingSession;
  readonly vault: Vault;
  readonly newVault: Vault;
  readonly filters: readonly Filter[];
  readonly overwrite: boolean;
  /** Whether the source is hidden afterwards. */
  readonly isMove: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** One task for one object, or for each below a tree. */
export async function* rebindTasks(
  transfer: BucketTransfer,
  options: RebindTasksOptions,
): AsyncGenerator<Task> {
  const { source, destination } = transfer;
  for await (const move of moves(transfer, options.filters, options.signal)) {
    yield {
      from: source.show(move.from.key),
      to: destination.show(move.to.key),
      run: () => rebindOne(move, transfer, options),
    };
  }
}

async function rebindOne(move: Move, transfer: BucketTransfer, options: RebindTasksOptions): Promise<Result> {
  const attempt = (): Promise<Result> => rebindAsItStands(move, transfer, options);
  try {
    return await retryWhileThrottled(() => retryWhileChanged(attempt), { signal: options.signal });
  } catch (error) {
    // What was listed may be gone by now.
    if (move.listed !== undefined && hasCode(error, 'OBJECT_NOT_FOUND')) return { status: 'gone' };
    // A share stays where it is: it is for an object of that name.
    const { store } = transfer.source;
    const isShare = move.listed !== undefined && (await isShareError(error, move.from, { store }));
    if (isShare) return { status: 'not-sealed' };
    throw error;
  }
}

async function rebindAsItStands(
  { from, to }: Move,
  { source, destination }: BucketTransfer,
  options: RebindTasksOptions,
): Promise<Result> {
  const { session, newVault, overwrite, dryRun, signal } = options;
  const [object, standing] = await Promise.all([
    source.store.head(from, signal),
    headIfThere(destination.store, to, signal),
  ]);
  const expectedContext = contextOf(newVault, to.key);
  const check = { store: destination.store, expectedContext, signal };
  const isCopy =
    standing !== undefined &&
    (await isReboundCopy(standing, object, { ...check, wrapping: session.current }));
  // Before its source goes, what another run wrote is compared by its bytes: metadata may say anything.
  const isDone = isCopy && (!options.isMove || haveSameBytes(standing, object) === true);
  const length = { sealedLengthBytes: object.lengthBytes };
  if (isDone && !options.isMove) return { status: 'current', ...length };
  if (!isDone) {
    if (standing !== undefined && !isCopy && !overwrite) throw outputExists(to);
    await assertBoundTo(object, {
      ...{ store: source.store, signal },
      expectedContext: contextOf(options.vault, from.key),
    });
  }
  if (dryRun) return { status: 'planned', ...length };
  const copy = isDone
    ? { source: object, written: standing.address }
    : await copied(from, to, destination, standing, options);
  const { versionId } = copy.written;
  const result = { ...length, ...(versionId === undefined ? {} : { versionId }) };
  if (!options.isMove) return { status: 'rebound', ...result };
  const stores = { from: source.store, to: destination.store };
  await hideSource(copy.source, copy.written, { ...stores, expectedContext, signal });
  return { status: 'moved', ...result };
}

/** The copying client is the destination's: it writes there, and S3 reads. */
async function copied(
  from: ObjectAddress,
  to: ObjectAddress,
  { store }: Located<ObjectStore>,
  standing: StoredObject | undefined,
  { session, vault, newVault, signal }: RebindTasksOptions,
): Promise<{ readonly source: StoredObject; readonly written: ObjectAddress }> {
  return rebindObject(from, to, {
    ...{ store, keyring: session.keyring, vault, newVault, signal },
    condition: conditionFrom(standing),
  });
}
