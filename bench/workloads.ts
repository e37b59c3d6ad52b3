/** How much one run moves. */
export interface Sizes {
  /** The length of the one large object, in bytes. */
  readonly fileBytes: number;
  /** The number of small objects. */
  readonly objects: number;
  /** The length of each small object, in bytes. */
  readonly objectBytes: number;
}

/** How every contender cuts large objects, and how much it may do at once. */
export interface Concurrency {
  readonly partSizeBytes: number;
  /** Parts of one large object on their way at once, where the contender can do so. */
  readonly partsAtOnce: number;
  /** Small objects on their way at once. */
  readonly objectsAtOnce: number;
}

/** The sizes of a full run. */
export const fullSizes: Sizes = { fileBytes: 2 ** 30, objects: 1_000, objectBytes: 4 * 2 ** 10 };

/** The sizes of a run that only shows that everything works. */
export const quickSizes: Sizes = { fileBytes: 64 * 2 ** 20, objects: 100, objectBytes: 4 * 2 ** 10 };

/** The same for every contender and every run. */
export const concurrency: Concurrency = {
  partSizeBytes: 16 * 2 ** 20,
  partsAtOnce: 4,
  objectsAtOnce: 16,
};

/** What is measured, in the order in which it is done: whatever is opened was sealed by the same contender. */
export const workloads = ['seal-file', 'open-file', 'open-stream', 'seal-many', 'open-many'] as const;

/** The name of something that is measured. */
export type Workload = (typeof workloads)[number];

/** Whether a workload moves the one large object. */
export function movesFile(workload: Workload): boolean {
  return workload !== 'seal-many' && workload !== 'open-many';
}

/** The plaintext that a workload moves, in bytes. */
export function bytesMoved(workload: Workload, { fileBytes, objects, objectBytes }: Sizes): number {
  return movesFile(workload) ? fileBytes : objects * objectBytes;
}

/** The objects that a workload moves. */
export function objectsMoved(workload: Workload, { objects }: Sizes): number {
  return movesFile(workload) ? 1 : objects;
}
