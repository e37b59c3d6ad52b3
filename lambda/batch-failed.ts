import type { RewrapBatchReport } from '../aws/index.ts';

/** Step Functions keeps 32,768 characters of a failure, the message as JSON among them. */
const maxMessageCharacters = 32_000;

/**
 * Whether a batch counts as failed as a whole: it is over, nothing in it was rewrapped, and half of it or more
 * could not be. A few objects that fail for reasons of their own, among many that are current, are no failed
 * batch: as each counts with all of its objects, they would soon end the whole run.
 */
export function isBatchFailed({ counts, left }: RewrapBatchReport): boolean {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return left.length === 0 && counts.rewrapped === 0 && counts.failed > 0 && counts.failed * 2 >= all;
}

/** A batch that failed. Its report goes along as the message, since nothing else of it is kept. */
export class BatchFailed extends Error {
  override readonly name = 'BatchFailed';

  /** @param report - told with as many of its failures as there is room for */
  constructor({ counts, failures, requests }: RewrapBatchReport) {
    const told: RewrapBatchReport['failures'][number][] = [];
    const message = (): string => JSON.stringify({ counts, failures: told, requests, left: [] });
    for (const failure of failures) {
      told.push(failure);
      if (JSON.stringify(message()).length <= maxMessageCharacters) continue;
      told.pop();
      break;
    }
    super(message());
    // Lambda hands the stack on too, and it would begin with the message.
    this.stack = this.name;
  }
}
