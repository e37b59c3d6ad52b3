import { hasCode } from '../operations/has-code.ts';
import type { ObjectAddress } from '../operations/object-store.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { warmObject, type WarmOptions } from '../operations/warm-object.ts';
import type { Filter } from './filters.ts';
import type { Located } from './located.ts';
import { wanted } from './transfer.ts';
import type { Result, Task } from './work.ts';

/** How each object is warmed. */
export interface WarmTasksOptions extends Omit<WarmOptions, 'store'> {
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
}

/** One task for one object, or for each below a tree. */
export async function* warmTasks(source: Located, options: WarmTasksOptions): AsyncGenerator<Task> {
  const { bucket, key, isTree, show } = source;
  if (!isTree) {
    yield { from: show(key), run: () => warmOne({ bucket, key }, source, options) };
    return;
  }
  for await (const object of wanted(source, options.filters, options.signal)) {
    yield { from: show(object.key), run: () => warmOne({ bucket, key: object.key }, source, options) };
  }
}

async function warmOne(
  object: ObjectAddress,
  { store, isTree }: Located,
  options: WarmTasksOptions,
): Promise<Result> {
  const { signal } = options;
  try {
    await retryWhileThrottled(() => warmObject(object, { ...options, store }), { signal });
    return { status: 'warmed' };
  } catch (error) {
    // Below a tree, what was listed may be gone by now.
    if (isTree && hasCode(error, 'OBJECT_NOT_FOUND')) return { status: 'gone' };
    if (isTree && hasCode(error, 'NOT_SEALED')) return { status: 'not-sealed' };
    throw error;
  }
}
