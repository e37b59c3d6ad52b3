/** How far each limit of a cache of data keys that seal can be set; none can be less than 1. */
export const sealingCacheMost: Readonly<
  Record<'maxAgeSeconds' | 'maxMessages' | 'maxBytes' | 'capacity', number>
> = {
  /** A day. */
  maxAgeSeconds: 86_400,
  /** The message ids of so many objects under one data key do not collide. */
  maxMessages: 2 ** 32,
  maxBytes: Number.MAX_SAFE_INTEGER,
  /** `lru-cache` makes room for its whole capacity at once. */
  capacity: 100_000,
};

/** Whether a cache takes a limit: a whole number from 1 to `atMost`. */
export function isCacheLimit(value: unknown, atMost: number): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= atMost;
}
