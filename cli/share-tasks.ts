import { hasCode } from '../operations/has-code.ts';
import { itIsAnInstructionFile } from '../operations/is-instruction-file.ts';
import type { ObjectAddress, ObjectStore } from '../operations/object-store.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { shareObject, type ShareOptions } from '../operations/share-object.ts';
import { unshareObject } from '../operations/unshare-object.ts';
import { nameFilter, type Filter } from './filters.ts';
import type { Located } from './located.ts';
import { wanted } from './transfer.ts';
import type { Result, Task } from './work.ts';

/** How each object is shared. */
export interface ShareTasksOptions extends Omit<ShareOptions, 'store' | 'signal'> {
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
}

/** One task for one object, or for each below a tree. */
export async function* shareTasks(
  source: Located<ObjectStore>,
  options: ShareTasksOptions,
): AsyncGenerator<Task> {
  const { bucket, key, isTree, show } = source;
  const taskOf = (each: string): Task => ({
    from: show(each),
    to: show(each + options.suffix),
    run: () => shareOne({ bucket, key: each }, source, options),
  });
  if (!isTree) {
    yield taskOf(key);
    return;
  }
  for await (const object of wanted(source, options.filters, options.signal)) {
    if (options.signal.aborted) return;
    yield taskOf(object.key);
  }
}

async function shareOne(
  object: ObjectAddress,
  { store, isTree }: Located<ObjectStore>,
  { filters: _, ...options }: ShareTasksOptions,
): Promise<Result> {
  const { signal } = options;
  try {
    const share = () => shareObject(object, { ...options, store });
    const { status, lengthBytes, versionId } = await retryWhileThrottled(share, { signal });
    if (status === 'not-sealed' && !isTree) throw itIsAnInstructionFile();
    return { status, sealedLengthBytes: lengthBytes, ...(versionId === undefined ? {} : { versionId }) };
  } catch (error) {
    // Below a tree, what was listed may be gone by now.
    if (isTree && hasCode(error, 'OBJECT_NOT_FOUND')) return { status: 'gone' };
    if (isTree && hasCode(error, 'NOT_SEALED')) return { status: 'not-sealed' };
    if (isTree && hasCode(error, 'OBJECT_ARCHIVED')) return { status: 'archived' };
    throw error;
  }
}

/** What is unshared, and how. */
export interface UnshareTasksOptions {
  readonly suffix: string;
  readonly dryRun: boolean;
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
}

/** One task for one object, or for each share below a tree, whether its object is there still or not. */
export async function* unshareTasks(
  source: Located<ObjectStore>,
  options: UnshareTasksOptions,
): AsyncGenerator<Task> {
  const { store, bucket, key, isTree, show } = source;
  const { suffix, filters, signal } = options;
  const taskOf = (each: string): Task => ({
    from: show(each + suffix),
    run: () => unshareOne({ bucket, key: each }, source, options),
  });
  if (!isTree) {
    yield taskOf(key);
    return;
  }
  const isWanted = nameFilter(filters);
  for await (const listed of store.list(bucket, key, signal)) {
    if (signal.aborted) return;
    const object = listed.key.slice(0, -suffix.length);
    if (listed.key.endsWith(suffix) && object.length > key.length && isWanted(object.slice(key.length))) {
      yield taskOf(object);
    }
  }
}

async function unshareOne(
  object: ObjectAddress,
  { store, isTree }: Located<ObjectStore>,
  { suffix, dryRun, signal }: UnshareTasksOptions,
): Promise<Result> {
  try {
    return { status: await unshareObject(object, { store, suffix, dryRun, signal }) };
  } catch (error) {
    // Below a tree, an object of its own may have such a name.
    if (isTree && hasCode(error, 'NOT_AN_INSTRUCTION_FILE')) return { status: 'not-shared' };
    throw error;
  }
}
