import { describe, expect, test } from '@jest/globals';
import type { PlaintextDataKey } from '../../envelope/index.ts';
import { DataKeyCache, type DataKeyCacheOptions } from '../../operations/data-key-cache.ts';
import { failureOf, isWiped, patternBytes, thrownBy } from '../support/bytes.ts';

/** One call that the cache made. */
interface Call {
  readonly signal: AbortSignal | undefined;
  /** The very buffer that the call hands over, and what was in it. */
  readonly plaintext: Buffer;
  readonly hex: string;
  readonly land: () => void;
  readonly fail: (error: Error) => void;
}

/** What a test asks for: by default 32 bytes under the id `a`, with nothing declared. */
interface Wish {
  readonly id?: string;
  readonly bytes?: number;
  readonly dataKeyBytes?: number;
  readonly signal?: AbortSignal;
}

function createScene(limits: Partial<DataKeyCacheOptions<PlaintextDataKey>> = {}, dataKeyBytes = 32) {
  const clock = { now: 0 };
  const calls: Call[] = [];
  const cache = new DataKeyCache<PlaintextDataKey>({
    capacity: 10,
    maxAgeMilliseconds: 1000,
    maxMessages: Infinity,
    maxBytes: Infinity,
    now: () => clock.now,
    copy: ({ plaintext }) => ({ plaintext: Uint8Array.from(plaintext) }),
    ...limits,
  });
  const ask = (signal: AbortSignal | undefined): Promise<PlaintextDataKey> => {
    const { promise, resolve, reject } = Promise.withResolvers<PlaintextDataKey>();
    const plaintext = patternBytes(dataKeyBytes, `data key ${calls.length}`);
    const land = (): void => {
      resolve({ plaintext });
    };
    calls.push({ signal, plaintext, hex: plaintext.toString('hex'), land, fail: reject });
    return promise;
  };
  /** Asks, without landing the call; the key as hex, zero-filled as its owner should. */
  const start = async ({ id = 'a', bytes = 0, signal, ...wish }: Wish = {}): Promise<string> => {
    const key = await cache.get({ id, bytes, dataKeyBytes: 32, ask, signal, ...wish });
    const hex = Buffer.from(key.plaintext).toString('hex');
    key.plaintext.fill(0);
    return hex;
  };
  const landAll = (): void => {
    for (const call of calls) call.land();
  };
  /** Asks, and lands what was called for. */
  const get = (wish: Wish = {}): Promise<string> => {
    const key = start(wish);
    landAll();
    return key;
  };
  const wiped = (): boolean[] => calls.map(({ plaintext }) => isWiped(plaintext));
  return { cache, clock, calls, ask, start, get, landAll, wiped };
}

/** How often each of them occurs. */
function tally(keys: readonly string[]): number[] {
  return [...new Set(keys)].map((key) => keys.filter((each) => each === key).length);
}

describe('a data key', () => {
  test('answers every request with its id, each with a copy, and no other', async () => {
    const { get, calls, cache, wiped } = createScene();
    const keys = [await get(), await get(), await get({ id: 'b' }), await get()];
    expect(keys).toEqual([calls[0]?.hex, calls[0]?.hex, calls[1]?.hex, calls[0]?.hex]);
    expect([cache.hits, cache.misses, cache.evictions]).toEqual([2, 2, 0]);
    expect(wiped()).toEqual([false, false]);
  });

  test.each([1, 2, 3, 5, 10, 11])('answers %i requests one after the other, then is wiped', async (max) => {
    const { get, calls, cache, wiped } = createScene({ maxMessages: max });
    const keys: string[] = [];
    for (let count = 1; count <= 10; count += 1) {
      keys.push(await get());
      expect(wiped()).toEqual(calls.map((_, index) => (index + 1) * max <= count));
    }
    expect(calls).toHaveLength(Math.ceil(10 / max));
    expect(Math.max(...tally(keys))).toBe(Math.min(max, 10));
    expect([cache.hits, cache.misses]).toEqual([10 - calls.length, calls.length]);
  });

  test.each([
    { maxBytes: 100, wishes: [40, 40, 20, 40], uses: [3, 1] },
    { maxBytes: 100, wishes: [99, 1, 1], uses: [2, 1] },
    { maxBytes: 100, wishes: [0, 99, 0, 2, 98], uses: [3, 2] },
    { maxBytes: 100, wishes: [60, 60, 60], uses: [1, 1, 1] },
    { maxBytes: 100, wishes: [100, 100], uses: [1, 1] },
    { maxBytes: 1, wishes: [0, 0, 1], uses: [2, 1] },
  ])('encrypts $maxBytes bytes: $wishes', async ({ maxBytes, wishes, uses }) => {
    const { get, calls } = createScene({ maxBytes });
    const keys: string[] = [];
    for (const bytes of wishes) keys.push(await get({ bytes }));
    expect(tally(keys)).toEqual(uses);
    expect(calls).toHaveLength(uses.length);
  });

  test('that has no room for a request is kept until another replaces it, and wiped then', async () => {
    const { start, get, calls, wiped } = createScene({ maxBytes: 100 });
    await get({ bytes: 60 });
    const large = start({ bytes: 50 });
    expect(await get({ bytes: 10 })).toBe(calls[0]?.hex);
    expect(await large).toBe(calls[1]?.hex);
    expect(wiped()).toEqual([true, false]);
  });

  test('stays where a request needs one of its own, which is not kept', async () => {
    const { get, calls, cache } = createScene({ maxBytes: 100 });
    await get({ bytes: 10 });
    expect(await get({ bytes: 100 })).toBe(calls[1]?.hex);
    expect(await get({ bytes: 90 })).toBe(calls[0]?.hex);
    expect([cache.hits, cache.misses, cache.evictions]).toEqual([1, 2, 1]);
  });

  test('gives way to one that was asked for later, where there is no room for both', async () => {
    const { get, cache, wiped } = createScene({ capacity: 2 });
    for (const id of ['a', 'b', 'a', 'c']) await get({ id });
    expect(wiped()).toEqual([false, true, false]);
    await get({ id: 'a' });
    expect([cache.hits, cache.misses, cache.evictions]).toEqual([2, 3, 1]);
  });

  test.each([0, 31, 33])('of %i bytes is handed on, but not kept', async (lengthBytes) => {
    const { get, calls, wiped } = createScene({}, lengthBytes);
    expect(await get()).toBe(calls[0]?.hex);
    expect(await get()).toBe(calls[1]?.hex);
    expect(wiped()).toEqual([true, true]);
  });

  test('that cannot be copied is not kept, and everyone is told', async () => {
    const error = new Error('no memory');
    const { start, landAll, wiped, get } = createScene({
      copy: () => {
        throw error;
      },
    });
    const waiting = [1, 2].map(() => thrownBy(() => start()));
    landAll();
    expect(await Promise.all(waiting)).toEqual([error, error]);
    expect(wiped()).toEqual([true]);
    expect(await thrownBy(() => get())).toBe(error);
  });
});

describe('those who ask at once', () => {
  test('share one call, and get a copy each', async () => {
    const { start, landAll, calls, cache } = createScene();
    const waiting = Array.from({ length: 20 }, () => start());
    expect(calls).toHaveLength(1);
    landAll();
    expect(tally(await Promise.all(waiting))).toEqual([20]);
    expect([cache.hits, cache.misses]).toEqual([19, 1]);
  });

  test.each([1, 2, 3, 5, 10, 11])('get no data key that %i others use already', async (max) => {
    const { start, landAll, calls, wiped } = createScene({ maxMessages: max });
    const waiting = Array.from({ length: 10 }, () => start());
    landAll();
    const keys = await Promise.all(waiting);
    expect(calls).toHaveLength(Math.ceil(10 / max));
    expect(Math.max(...tally(keys))).toBe(Math.min(max, 10));
    expect(wiped()).toEqual(calls.map((_, index) => (index + 1) * max <= 10));
  });

  test('get no data key that encrypts too much already', async () => {
    const { start, landAll } = createScene({ maxBytes: 100 });
    const waiting = [60, 60, 30, 30, 99].map((bytes) => start({ bytes }));
    landAll();
    expect(tally(await Promise.all(waiting))).toEqual([1, 2, 1, 1]);
  });

  test('do not hold back whoever asks for another', async () => {
    const { start, calls } = createScene();
    const [first, second] = [start({ id: 'a' }), start({ id: 'b' })];
    expect(calls).toHaveLength(2);
    calls[1]?.land();
    expect(await second).toBe(calls[1]?.hex);
    calls[0]?.land();
    expect(await first).toBe(calls[0]?.hex);
  });

  test('keep the data key of the last call, whichever lands first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { start, calls, wiped, get } = createScene({ maxBytes: 100 });
      const waiting = [60, 50].map((bytes) => start({ bytes }));
      for (const index of order) {
        calls[index]?.land();
        await waiting[index];
      }
      expect(wiped()).toEqual([true, false]);
      expect(await get({ bytes: 50 })).toBe(calls[1]?.hex);
    }
  });

  test('are all told of a failure, which is not remembered', async () => {
    const { start, calls, get, cache } = createScene();
    const waiting = [1, 2, 3].map(() => thrownBy(() => start()));
    const error = new Error('the service is away');
    calls[0]?.fail(error);
    expect((await Promise.all(waiting)).every((each) => each === error)).toBe(true);
    expect(await get()).toBe(calls[1]?.hex);
    expect([cache.hits, cache.misses, cache.evictions]).toEqual([2, 2, 0]);
  });

  test('are told of a failure that is thrown before there is a promise', async () => {
    const { cache, get, calls } = createScene();
    const error = new Error('at once');
    const ask = (): never => {
      throw error;
    };
    const request = { id: 'a', bytes: 0, dataKeyBytes: 32, ask, signal: undefined };
    expect(await thrownBy(() => cache.get(request))).toBe(error);
    expect(await get()).toBe(calls[0]?.hex);
  });
});

describe('whoever is aborted', () => {
  test('goes at once, and the others get the key', async () => {
    const { start, landAll, calls } = createScene();
    const controller = new AbortController();
    const gone = failureOf(() => start({ signal: controller.signal }));
    const waiting = start();
    controller.abort();
    expect((await gone).code).toBe('ABORTED');
    expect(calls[0]?.signal?.aborted).toBe(false);
    landAll();
    expect(await waiting).toBe(calls[0]?.hex);
  });

  test('leaves its share to the next', async () => {
    const { start, landAll, calls } = createScene({ maxMessages: 2 });
    const controller = new AbortController();
    const gone = failureOf(() => start({ signal: controller.signal }));
    const waiting = [start()];
    controller.abort();
    await gone;
    waiting.push(start());
    landAll();
    expect(await Promise.all(waiting)).toEqual([calls[0]?.hex, calls[0]?.hex]);
    expect(calls).toHaveLength(1);
  });

  test('stops the call where nobody else waits, and the next asks anew', async () => {
    const { start, get, calls, wiped } = createScene();
    const controller = new AbortController();
    const gone = failureOf(() => start({ signal: controller.signal }));
    controller.abort();
    expect(calls[0]?.signal?.aborted).toBe(true);
    expect((await gone).code).toBe('ABORTED');
    expect(await get()).toBe(calls[1]?.hex);
    // The stopped call landed all the same.
    expect(wiped()).toEqual([true, false]);
  });

  test('from the start asks for nothing, even where a key is kept', async () => {
    const { start, get, cache } = createScene({ maxMessages: 3 });
    const signal = AbortSignal.abort();
    expect((await failureOf(() => start({ signal }))).code).toBe('ABORTED');
    expect(cache.misses).toBe(0);
    await get();
    expect((await failureOf(() => start({ signal }))).code).toBe('ABORTED');
    expect([cache.hits, cache.misses]).toEqual([0, 1]);
  });
});
