import { SealdropError } from '../envelope/index.ts';
import { rewrapObject, type RewrapOptions, type RewrapOutcome } from './rewrap-object.ts';

/** What a run over a bucket did. */
export interface RewrapSummary {
  readonly counts: Readonly<Record<RewrapOutcome | 'gone' | 'failed', number>>;
  /** The objects that failed, each with its error; they are still in their old wrapping, and open. */
  readonly failures: readonly { readonly key: string; readonly error: unknown }[];
  /** Whether the run stopped before the end of the list. The next run goes on: what is current is skipped. */
  readonly incomplete: boolean;
}

/** Where a run goes, and how. */
export interface RewrapAllOptions extends Omit<RewrapOptions, 'current'> {
  readonly bucket: string;
  readonly prefix: string;
  /** How many objects are rewrapped at once. */
  readonly concurrency: number;
  /** Asked before each object; the run stops where it says no. */
  readonly hasTimeLeft: () => boolean;
}

/**
 * Rewraps every current object under a prefix that is not on the current material yet. One object's failure
 * does not stop the others.
 *
 * @throws RangeError for a concurrency that is none, and what listing and {@link RewrappingKeyring.currentWrapping}
 *   throw.
 */
export async function rewrapAll(options: RewrapAllOptions): Promise<RewrapSummary> {
  const { store, keyring, bucket, prefix, concurrency, signal } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError('the concurrency must be a whole number of at least 1');
  }
  const current = await keyring.currentWrapping(signal);
  const counts = { rewrapped: 0, current: 0, 'not-sealed': 0, gone: 0, failed: 0 };
  const failures: { key: string; error: unknown }[] = [];
  const listing = store.list(bucket, prefix, signal)[Symbol.asyncIterator]();
  let incomplete = false;

  const work = async (): Promise<void> => {
    for (;;) {
      if (signal?.aborted === true || !options.hasTimeLeft()) {
        incomplete = true;
        return;
      }
      const next = await listing.next();
      if (next.done === true) return;
      const { key } = next.value;
      try {
        counts[await rewrapObject({ bucket, key }, { ...options, current })] += 1;
      } catch (error) {
        const code = error instanceof SealdropError ? error.code : undefined;
        if (code === 'OBJECT_NOT_FOUND') {
          counts.gone += 1;
        } else if (code === 'ABORTED') {
          incomplete = true;
        } else {
          counts.failed += 1;
          failures.push({ key, error });
        }
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, work));
  // All have ended, so nothing goes on behind the caller's back.
  const failed = workers.find((worker) => worker.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { counts, failures, incomplete };
}
