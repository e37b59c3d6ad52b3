/** What a clock is read from, in milliseconds. */
export interface ClockSources {
  /** The time of day, which is set right again after the machine was frozen, and may be set back. */
  readonly wall: () => number;
  /** Goes forward evenly, and may stand still while the machine is frozen. */
  readonly steady: () => number;
}

/** The time of day may be behind by so much before it counts as set back. */
const toleranceMilliseconds = 1_000;

/**
 * A clock that only goes forward and does not stand still while the function is frozen between two
 * invocations: the steady clock, put forward by as much as the time of day has gone ahead of it.
 *
 * @returns milliseconds since no particular moment
 */
export function wakingClock(
  { wall, steady }: ClockSources = { wall: Date.now, steady: () => performance.now() },
): () => number {
  let [ahead, frozen] = [wall() - steady(), 0];
  return () => {
    const now = steady();
    const gained = wall() - now - ahead;
    if (gained > 0 || gained < -toleranceMilliseconds) {
      frozen += Math.max(gained, 0);
      ahead += gained;
    }
    return now + frozen;
  };
}
