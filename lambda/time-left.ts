import type { Context } from 'aws-lambda';

/** What a function keeps to end in good order: abort uploads, send messages, write its log. */
const reserveMilliseconds = 15_000;

/** Whether there is time to start something new. */
export function hasTimeLeft(context: Context): boolean {
  return context.getRemainingTimeInMillis() > 2 * reserveMilliseconds;
}

/** A signal that stops the work in good time before the function is cut off. */
export function stopBeforeTimeout(context: Context): AbortSignal {
  return AbortSignal.timeout(Math.max(context.getRemainingTimeInMillis() - reserveMilliseconds, 1_000));
}
