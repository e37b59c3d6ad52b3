import { SealdropError } from '../aws/index.ts';

/** What a failed message has been through. */
export interface MessageTries {
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** For how long it has waited, since it was sent for the first time. */
  readonly waitedSeconds: number;
}

/** How patient the function is. */
export interface Patience {
  /** How often the queue hands a message out before it goes to the dead-letter queue. */
  readonly maxReceives: number;
  /** For how long a message is tried whose work waits for a service. */
  readonly keepTryingSeconds: number;
}

/**
 * What becomes of a failed message: it goes back to the queue; it is sent anew, since it was received almost as
 * often as the queue allows; or it goes to the dead-letter queue.
 */
export type MessageFate = 'return' | 'renew' | 'dead-letter';

/** A new permission takes a while to reach every service. */
const triesWhereDenied = 5;

/** What ends by itself, or by somebody's work on the service, and concerns every message alike. */
const outageCodes: ReadonlySet<string> = new Set(['KEY_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'THROTTLED']);

/** Whether the work waits for a service that cannot be reached, or that has too much to do. */
export function isOutage(error: unknown): boolean {
  return error instanceof SealdropError && outageCodes.has(error.code);
}

/** Decides what becomes of a message that failed so. */
export function fateOf(error: unknown, tries: MessageTries, patience: Patience): MessageFate {
  const { receiveCount, waitedSeconds } = tries;
  const { maxReceives, keepTryingSeconds } = patience;
  // One try is left, for the case that it cannot be sent anew.
  const isUsedUp = receiveCount >= maxReceives - 1;
  if (isUsedUp && isOutage(error) && waitedSeconds < keepTryingSeconds) return 'renew';
  return receiveCount < triesFor(error, maxReceives) ? 'return' : 'dead-letter';
}

/** The failure, of several in one message, for which trying again is worth the most. */
export function worstOf(failures: readonly unknown[], maxReceives: number): unknown {
  const worth = (error: unknown): number => (isOutage(error) ? Infinity : triesFor(error, maxReceives));
  const most = Math.max(...failures.map(worth));
  return failures.find((error) => worth(error) === most);
}

/**
 * How often a message that failed so is tried. Of an unexpected failure nobody knows; nor of one for which a service
 * gave no reason, as S3 does when it answers a HEAD.
 */
function triesFor(error: unknown, maxReceives: number): number {
  if (!(error instanceof SealdropError) || error.retryable) return maxReceives;
  if (error.code === 'SERVICE_FAILED') return maxReceives;
  return error.code === 'ACCESS_DENIED' ? Math.min(triesWhereDenied, maxReceives) : 1;
}
