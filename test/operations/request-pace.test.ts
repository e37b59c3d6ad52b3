import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealdropError } from '../../envelope/index.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeClock } from '../support/fake-clock.ts';

function paced(perSecond: number) {
  const clock = new FakeClock();
  const pace = new RequestPace({ perSecond, now: clock.now, wait: clock.wait });
  /** When each request began. */
  const begun: number[] = [];
  const send = (outcome: 'done' | 'throttled' = 'done') =>
    pace.inTurn(() => {
      begun.push(clock.now());
      return outcome === 'done'
        ? Promise.resolve(outcome)
        : Promise.reject(new SealdropError('THROTTLED', 'too much'));
    });
  /** Sends, and does not mind what comes of it. */
  const trySend = (outcome?: 'done' | 'throttled') => send(outcome).catch(() => 'failed' as const);
  return { clock, pace, begun, send, trySend };
}

/** How many of the times are in the second that begins with the busiest of them. */
function mostInASecond(times: readonly number[]): number {
  const within = (from: number) => times.filter((time) => time >= from && time < from + 1000 - 1e-6).length;
  return Math.max(0, ...times.map(within));
}

describe('a pace', () => {
  test.each([1, 3, 50, 300])(
    'of %i a second lets so many begin, and spreads them evenly',
    async (perSecond) => {
      const { clock, begun, trySend } = paced(perSecond);
      const all = Array.from({ length: perSecond * 3 }, () => trySend());
      await clock.run();
      await Promise.all(all);
      expect(mostInASecond(begun)).toBe(perSecond);
      expect(begun[0]).toBe(0);
      expect(begun.at(-1)).toBeCloseTo(3000 - 1000 / perSecond, 5);
      const gaps = begun.slice(1).map((time, index) => time - (begun[index] ?? 0));
      for (const gap of gaps) expect(gap).toBeCloseTo(1000 / perSecond, 5);
    },
  );

  test.each([0.5, 0.1])('of %d a second lets one begin in more than a second', async (perSecond) => {
    const { clock, begun, trySend } = paced(perSecond);
    const all = Array.from({ length: 3 }, () => trySend());
    await clock.run();
    await Promise.all(all);
    expect(begun).toEqual([0, 1000 / perSecond, 2000 / perSecond]);
  });

  test('does not save up what nobody used', async () => {
    const { clock, begun, trySend } = paced(10);
    await trySend();
    await clock.run(60_000);
    const all = Array.from({ length: 20 }, () => trySend());
    await clock.run();
    await Promise.all(all);
    expect(mostInASecond(begun)).toBe(10);
    expect(begun[1]).toBe(60_000);
  });

  test('is never more than the budget in any second, whoever asks when, and whatever is throttled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(
          fc.record({
            after: fc.integer({ min: 0, max: 700 }),
            together: fc.integer({ min: 1, max: 15 }),
            outcome: fc.constantFrom('done' as const, 'done' as const, 'throttled' as const),
          }),
          { maxLength: 12 },
        ),
        async (perSecond, bursts) => {
          const { clock, begun, pace, trySend } = paced(perSecond);
          const all: Promise<unknown>[] = [];
          for (const { after, together, outcome } of bursts) {
            await clock.run(clock.now() + after);
            for (let count = 0; count < together; count += 1) all.push(trySend(outcome));
            expect(pace.perSecond).toBeLessThanOrEqual(perSecond);
            expect(pace.perSecond).toBeGreaterThanOrEqual(perSecond / 64);
          }
          await clock.run();
          await Promise.all(all);
          expect(begun).toHaveLength(bursts.reduce((sum, { together }) => sum + together, 0));
          expect(mostInASecond(begun)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is halved where the service throttles, once for those that were refused together', async () => {
    const { clock, pace, trySend } = paced(100);
    const all = [trySend('throttled'), trySend('throttled'), trySend('throttled')];
    await clock.run();
    await Promise.all(all);
    expect(pace.perSecond).toBe(50);
    await clock.run(5000);
    await trySend('throttled');
    expect(pace.perSecond).toBe(25);
  });

  test('is what those that follow keep to', async () => {
    const { clock, begun, trySend } = paced(100);
    await trySend('throttled');
    await clock.run(10_000);
    const all = Array.from({ length: 3 }, () => trySend());
    await clock.run();
    await Promise.all(all);
    // Each success gives back some of the budget, and who waits still has it at once.
    const gaps = begun.slice(2).map((time, index) => time - (begun[index + 1] ?? 0));
    expect(begun[1]).toBe(10_000);
    expect(gaps).toHaveLength(2);
    for (const gap of gaps) {
      expect(gap).toBeLessThanOrEqual(20);
      expect(gap).toBeGreaterThan(1000 / 53);
    }
  });

  test('is never slower than a 64th of its budget, so that it goes on', async () => {
    const { clock, pace, trySend } = paced(64);
    for (let count = 0; count < 20; count += 1) {
      await clock.run(clock.now() + 2000);
      await Promise.all([trySend('throttled'), clock.run()]);
    }
    expect(pace.perSecond).toBe(1);
  });

  test('recovers with each request that succeeds, up to its budget', async () => {
    const { clock, pace, trySend } = paced(100);
    await trySend('throttled');
    const some = Array.from({ length: 10 }, () => trySend());
    await clock.run();
    await Promise.all(some);
    expect(pace.perSecond).toBe(60);
    const rest = Array.from({ length: 100 }, () => trySend());
    await clock.run();
    await Promise.all(rest);
    expect(pace.perSecond).toBe(100);
  });

  test.each(['ACCESS_DENIED', 'SERVICE_UNAVAILABLE'] as const)(
    'stays where a request fails with %s',
    async (code) => {
      const { pace } = paced(100);
      const failing = pace.inTurn(() => Promise.reject(new SealdropError(code, 'no')));
      expect((await failureOf(() => failing)).code).toBe(code);
      expect(pace.perSecond).toBe(100);
    },
  );

  test('sends nothing for whom it was stopped before, or while waiting for the turn', async () => {
    const { clock, pace, trySend, begun } = paced(1);
    await trySend();
    const stop = new AbortController();
    let sent = 0;
    const send = (): Promise<void> => {
      sent += 1;
      return Promise.resolve();
    };
    const waiting = failureOf(() => pace.inTurn(send, stop.signal));
    const next = trySend();
    stop.abort();
    expect((await waiting).code).toBe('ABORTED');
    expect((await failureOf(() => pace.inTurn(send, stop.signal))).code).toBe('ABORTED');
    await clock.run();
    await next;
    expect([sent, begun.length]).toEqual([0, 2]);
  });

  test('gives the turns of those that stopped waiting to those that come after them', async () => {
    const { clock, pace, begun, trySend } = paced(1);
    await trySend('throttled');
    const stop = new AbortController();
    const stopped = Array.from({ length: 50 }, () =>
      failureOf(() => pace.inTurn(() => Promise.resolve(), stop.signal)),
    );
    await clock.run(100);
    stop.abort();
    for (const failure of await Promise.all(stopped)) expect(failure.code).toBe('ABORTED');
    const next = trySend();
    await clock.run();
    await next;
    // At half the pace, and not behind fifty others.
    expect(begun).toEqual([0, 2000]);
  });

  test('that goes down holds for those that wait already', async () => {
    const { clock, begun, trySend } = paced(10);
    const all = [trySend('throttled'), trySend(), trySend()];
    await clock.run();
    await Promise.all(all);
    expect(begun[1]).toBe(200);
    expect(begun[2]).toBeGreaterThan(390);
  });

  test('leaves no wait behind where nobody waits any more', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const wait = (_: number, signal?: AbortSignal): Promise<void> => {
      signals.push(signal);
      return new Promise((__, reject) => signal?.addEventListener('abort', reject));
    };
    const pace = new RequestPace({ perSecond: 1, now: () => 0, wait });
    await pace.inTurn(() => Promise.resolve());
    const stop = new AbortController();
    const waiting = failureOf(() => pace.inTurn(() => Promise.resolve(), stop.signal));
    stop.abort();
    expect((await waiting).code).toBe('ABORTED');
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  test('by the real clock waits, and stops waiting', async () => {
    const pace = new RequestPace({ perSecond: 50 });
    const begin = performance.now();
    await Promise.all(Array.from({ length: 4 }, () => pace.inTurn(() => Promise.resolve())));
    expect(performance.now() - begin).toBeGreaterThan(50);
    const slow = new RequestPace({ perSecond: 0.01 });
    await slow.inTurn(() => Promise.resolve());
    const stop = new AbortController();
    const waiting = failureOf(() => slow.inTurn(() => Promise.resolve(), stop.signal));
    stop.abort();
    expect((await waiting).code).toBe('ABORTED');
  });

  test.each([0, -1, NaN, Infinity])('of %d is none', (perSecond) => {
    expect(() => new RequestPace({ perSecond })).toThrow(RangeError);
  });
});
