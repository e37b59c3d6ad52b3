import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Allowance, DataKeyFlight } from '../../operations/data-key-flight.ts';
import { failureOf, thrownBy } from '../support/bytes.ts';

function flightFor(messages = 5, bytes = 100): DataKeyFlight<symbol> {
  return new DataKeyFlight<symbol>(new Allowance(messages, bytes));
}

describe('an allowance', () => {
  test.each([
    { messages: 1, bytes: 10, taken: [], admits: 10, refuses: 11, isUsedUp: false },
    { messages: 2, bytes: 10, taken: [4], admits: 6, refuses: 7, isUsedUp: false },
    { messages: 3, bytes: 10, taken: [0, 9], admits: 1, refuses: 2, isUsedUp: false },
    { messages: 3, bytes: 10, taken: [0, 0, 0], admits: undefined, refuses: 0, isUsedUp: true },
    { messages: 3, bytes: 10, taken: [10], admits: 0, refuses: 1, isUsedUp: true },
    { messages: Infinity, bytes: Infinity, taken: [0, 0], admits: 0, refuses: undefined, isUsedUp: false },
  ])(
    'of $messages messages and $bytes bytes, with $taken taken',
    ({ messages, bytes, taken, ...expected }) => {
      const allowance = new Allowance(messages, bytes);
      for (const length of taken) allowance.take(length);
      expect(allowance.isUsedUp).toBe(expected.isUsedUp);
      if (expected.admits !== undefined) expect(allowance.admits(expected.admits)).toBe(true);
      if (expected.refuses !== undefined) expect(allowance.admits(expected.refuses)).toBe(false);
    },
  );

  test('admits again what was given back', () => {
    const allowance = new Allowance(1, 10);
    allowance.take(7);
    expect([allowance.admits(3), allowance.isUsedUp]).toEqual([false, true]);
    allowance.giveBack(7);
    expect([allowance.admits(10), allowance.isUsedUp]).toEqual([true, false]);
  });
});

describe('a flight', () => {
  test('hands everyone a key of its own', async () => {
    const flight = flightFor();
    const waiting = [1, 2, 3].map(() => flight.join(0, undefined));
    flight.land(() => Symbol());
    expect(new Set(await Promise.all(waiting)).size).toBe(3);
    expect(flight.abandoned.aborted).toBe(false);
  });

  test('hands the same error to everyone', async () => {
    const flight = flightFor();
    const waiting = [1, 2, 3].map(() => thrownBy(() => flight.join(0, undefined)));
    const error = new Error('no key');
    flight.fail(error);
    expect((await Promise.all(waiting)).every((each) => each === error)).toBe(true);
  });

  test('takes the share of whoever joins', () => {
    const flight = flightFor(2, 100);
    void flight.join(60, undefined);
    expect([flight.allowance.admits(40), flight.allowance.admits(41)]).toEqual([true, false]);
    void flight.join(1, undefined);
    expect(flight.allowance.admits(0)).toBe(false);
  });

  test('lets whoever is aborted go at once, with its share, and the others wait on', async () => {
    const flight = flightFor(2, 100);
    const controller = new AbortController();
    const gone = failureOf(() => flight.join(60, controller.signal));
    const waiting = flight.join(40, undefined);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await gone).toMatchObject({ code: 'ABORTED', cause: reason });
    expect(flight.allowance.admits(60)).toBe(true);
    expect(flight.abandoned.aborted).toBe(false);
    const key = Symbol();
    flight.land(() => key);
    expect(await waiting).toBe(key);
  });

  test('is abandoned when the last of those who waited has gone', async () => {
    const flight = flightFor();
    const controllers = [new AbortController(), new AbortController()];
    const gone = controllers.map(({ signal }) => failureOf(() => flight.join(0, signal)));
    controllers[0]?.abort();
    expect(flight.abandoned.aborted).toBe(false);
    controllers[1]?.abort();
    expect(flight.abandoned.aborted).toBe(true);
    expect((await Promise.all(gone)).map(({ code }) => code)).toEqual(['ABORTED', 'ABORTED']);
  });

  test.each(['land', 'fail'] as const)('listens to no signal any more: %s', async (end) => {
    const flight = flightFor();
    const { signal } = new AbortController();
    const waiting = [1, 2, 3].map(() => flight.join(0, signal).catch(() => undefined));
    expect(getEventListeners(signal, 'abort')).toHaveLength(3);
    if (end === 'land') flight.land(() => Symbol());
    else flight.fail(new Error('no key'));
    await Promise.all(waiting);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that has landed neither takes back a share nor is abandoned', async () => {
    const flight = flightFor(1, 100);
    const controller = new AbortController();
    const waiting = flight.join(60, controller.signal);
    flight.land(() => Symbol());
    controller.abort();
    expect(typeof (await waiting)).toBe('symbol');
    expect(flight.allowance.admits(0)).toBe(false);
    expect(flight.abandoned.aborted).toBe(false);
  });

  test('leaves waiting whom it could make no key for, to be told why', async () => {
    const flight = flightFor();
    const first = flight.join(0, undefined);
    const second = thrownBy(() => flight.join(0, undefined));
    const keys = [Symbol()];
    const error = new Error('no more');
    const landing = await thrownBy(() => {
      flight.land(() => {
        const key = keys.pop();
        if (key === undefined) throw error;
        return key;
      });
    });
    flight.fail(landing);
    expect(typeof (await first)).toBe('symbol');
    expect(await second).toBe(error);
  });
});
