import { priceTable, type PriceTable } from './price-table.ts';
import { planRewrap, type RewrapPlan } from './rewrap-plan.ts';
import type { RewrapWork } from './rewrap-work.ts';

/** How a scheduled run is made up: what the state machine and its function are given. */
export interface RunShape {
  /** @defaultValue 100 */
  readonly batchObjects?: number;
  /**
   * How many batches are worked on at once.
   * @defaultValue 20
   */
  readonly workers?: number;
  /** How many requests a second KMS gets from all of them, at most. */
  readonly requestsPerSecond: number;
  /**
   * How long one object takes, from its look to its copy.
   * @defaultValue 0.15
   */
  readonly secondsPerObject?: number;
  /**
   * How many objects of a batch are worked on at once.
   * @defaultValue 16
   */
  readonly concurrency?: number;
  /**
   * The memory of the function.
   * @defaultValue 1024
   */
  readonly memoryMebibytes?: number;
  readonly prices?: PriceTable;
}

/** What a scheduled run takes. */
export interface RunPlan {
  readonly objects: number;
  readonly batches: number;
  /** The state transitions of the run and of its batches. */
  readonly transitions: number;
  /** How long it takes: by the pace of KMS, or by what the workers get done, whichever is slower. */
  readonly seconds: number;
  /** What limits it. */
  readonly isLimitedBy: 'requests-per-second' | 'workers';
  /** What all of it costs, in US dollars. */
  readonly price: number;
  /** The part of it that rewrapping costs anywhere. */
  readonly rewrap: RewrapPlan;
}

/** A batch begins, invokes the function, asks whether anything is left, and passes its report on. */
const transitionsPerBatch = 4;
/** A run begins, describes the key, chooses its list, maps it, reports, asks whether it was good, and ends. */
const transitionsPerRun = 8;
const objectsPerList = 1000;

/** Simulates a run over so many objects, by counting alone: nobody is asked anything. */
export function planRun(work: RewrapWork, shape: RunShape): RunPlan {
  const { requestsPerSecond, batchObjects = 100, workers = 20, concurrency = 16 } = shape;
  const { secondsPerObject = 0.15, memoryMebibytes = 1024, prices = priceTable } = shape;
  const objects = work.objects + work.archived;
  const lists = Math.ceil(objects / objectsPerList);
  const rewrap = planRewrap(work, { method: 'rewrap', lists, requestsPerSecond, prices });
  const batches = Math.ceil(objects / batchObjects);
  const transitions = transitionsPerRun + batches * transitionsPerBatch;
  const workingSeconds =
    (objects * secondsPerObject) / (Math.max(1, Math.min(workers, batches)) * concurrency);
  const seconds = Math.max(rewrap.seconds, workingSeconds);
  // A worker that waits for its turn with KMS is paid for, too.
  const gibSeconds = seconds * Math.min(workers, batches) * (memoryMebibytes / 1024);
  return {
    ...{ objects, batches, transitions, seconds, rewrap },
    isLimitedBy: rewrap.seconds >= workingSeconds ? 'requests-per-second' : 'workers',
    price:
      rewrap.price +
      transitions * prices.stateTransition +
      batches * prices.lambdaRequest +
      gibSeconds * prices.lambdaGibSecond,
  };
}
