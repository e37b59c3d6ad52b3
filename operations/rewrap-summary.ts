import { noCounts, type RewrapFailure, type RewrapReport, type RewrapResult } from './rewrap-many.ts';

/** What a batch of a run tells: what came of its objects, and the requests that it took. */
export interface RewrapBatchReport extends RewrapReport {
  /** How many requests were sent, by the names of the services' actions. */
  readonly requests: Readonly<Record<string, number>>;
}

/** What a whole run did. */
export interface RewrapSummary {
  readonly counts: Readonly<Record<RewrapResult, number>>;
  readonly requests: Readonly<Record<string, number>>;
  /** The first failures, as many as the summary was made for; {@link counts} has their number. */
  readonly failures: readonly RewrapFailure[];
  /** How many objects nobody got to. A later run does: what is current is passed over. */
  readonly left: number;
  /** Whether the run ended before all objects were handed out, so that nobody knows how many are left. */
  readonly isCutShort: boolean;
}

/** One batch's report after another one of the same objects: what was left is what the second one left. */
export function continuedReport(before: RewrapBatchReport, after: RewrapBatchReport): RewrapBatchReport {
  return {
    counts: sum(before.counts, after.counts),
    requests: sum(before.requests, after.requests),
    failures: [...before.failures, ...after.failures],
    left: after.left,
  };
}

/** Adds up the reports of a run's batches, one at a time, in memory that does not grow with them. */
export class RewrapTotals {
  #counts: Record<RewrapResult, number> = noCounts();
  #requests: Record<string, number> = {};
  readonly #failures: RewrapFailure[] = [];
  readonly #maxFailures: number;
  #left = 0;
  #isCutShort = false;

  /** @param maxFailures - how many failures are told of one by one */
  constructor(maxFailures: number) {
    this.#maxFailures = maxFailures;
  }

  add({ counts, requests, failures, left }: RewrapBatchReport): void {
    this.#counts = sum(this.#counts, counts);
    this.#requests = sum(this.#requests, requests);
    this.#failures.push(...failures.slice(0, this.#maxFailures - this.#failures.length));
    this.#left += left.length;
  }

  /** A batch that ended without a report: its objects are in the one wrapping or in the other. */
  addLost(objects: number): void {
    this.#left += objects;
  }

  /** Some batches were never begun. */
  cutShort(): void {
    this.#isCutShort = true;
  }

  summary(): RewrapSummary {
    return {
      counts: this.#counts,
      requests: this.#requests,
      failures: this.#failures,
      left: this.#left,
      isCutShort: this.#isCutShort,
    };
  }
}

function sum<Counts extends Readonly<Record<string, number>>>(one: Counts, other: Counts): Counts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  ) as Counts;
}
