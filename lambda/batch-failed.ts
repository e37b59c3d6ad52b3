import { brotliCompressSync } from 'node:zlib';
import type { RewrapBatchReport, RewrapFailure } from '../aws/index.ts';

/** Step Functions keeps 32,768 characters of a failure, the message as JSON among them. */
const maxMessageCharacters = 32_000;

/** Failures of the wrapping key itself: every other object would fail in the same way. */
const keyCodes: ReadonlySet<RewrapFailure['code']> = new Set([
  'KEY_DISABLED',
  'KEY_NOT_FOUND',
  'KEY_PENDING_DELETION',
  'KEY_UNAVAILABLE',
]);

/**
 * Whether a batch counts as failed as a whole: it is over, nothing in it was rewrapped, and half of it or more
 * could not be, or something in it could not be for a reason that concerns the key. A few objects that fail for
 * reasons of their own, among many that are current, are no failed batch: as each counts with all of its objects,
 * they would soon end the whole run.
 */
export function isBatchFailed({ counts, failures, left }: RewrapBatchReport): boolean {
  if (left.length > 0 || counts.rewrapped > 0 || counts.failed === 0) return false;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return counts.failed * 2 >= all || failures.some(concernsKey);
}

/** S3 denies access to an object, KMS to the key. */
function concernsKey({ code, message }: RewrapFailure): boolean {
  return keyCodes.has(code) || (code === 'ACCESS_DENIED' && message.startsWith('kms:'));
}

/** A batch that failed. Its report goes along as the message, since nothing else of it is kept. */
export class BatchFailed extends Error {
  override readonly name = 'BatchFailed';

  /** @param report - told with all of its failures, compressed where they are long; with as many as there is room for */
  constructor(report: RewrapBatchReport) {
    super(messageOf(report));
    // Lambda hands the stack on too, and it would begin with the message.
    this.stack = this.name;
  }
}

function messageOf({ counts, failures, requests }: RewrapBatchReport): string {
  const plain = JSON.stringify({ counts, failures, requests, left: [] });
  if (fits(plain)) return plain;
  const packed = (told: number): string =>
    JSON.stringify({ counts, packedFailures: pack(failures.slice(0, told)), requests, left: [] });
  // The most that fit, by halving: `fewest` do, `most + 1` do not.
  let [fewest, most] = [0, failures.length];
  while (fewest < most) {
    const middle = Math.ceil((fewest + most) / 2);
    if (fits(packed(middle))) fewest = middle;
    else most = middle - 1;
  }
  return packed(fewest);
}

/** The message stands in JSON, once more. */
function fits(message: string): boolean {
  return JSON.stringify(message).length <= maxMessageCharacters;
}

/** Keys of one vault resemble each other, and so do the reasons. */
function pack(failures: readonly RewrapFailure[]): string {
  return brotliCompressSync(JSON.stringify(failures)).toString('base64');
}
