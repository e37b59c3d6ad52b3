import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { assertHolds, conditionFrom, conditionNow, outputExists } from '../../operations/write-condition.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const at = { bucket: 'bucket', key: 'a b.txt' };

describe('the condition of a write', () => {
  test('is that still nothing is there, where nothing was', () => {
    expect(conditionFrom(undefined)).toEqual({ absent: true });
  });

  test('is the very object that was there', async () => {
    const store = new MemoryObjectStore();
    const standing = await store.head(store.put(at.bucket, at.key, patternBytes(5)));
    expect(conditionFrom(standing)).toEqual({ etag: standing.etag });
  });

  test.each([
    [false, true],
    [false, false],
    [true, true],
  ])('of a place as it is now: something stands %s, may be replaced %s', async (stands, mayReplace) => {
    const store = new MemoryObjectStore();
    if (stands) store.put(at.bucket, at.key, patternBytes(5));
    const expected = stands ? { etag: (await store.head(at)).etag } : { absent: true };
    expect(await conditionNow(store, at, mayReplace)).toEqual(expected);
  });

  test('is none where something stands that may not be replaced', async () => {
    const store = new MemoryObjectStore();
    store.put(at.bucket, at.key, patternBytes(5));
    const failure = await failureOf(() => conditionNow(store, at, false));
    expect([failure.code, failure.fields]).toEqual(['OUTPUT_EXISTS', at]);
  });

  test('takes an object behind a delete marker for none', async () => {
    const store = new MemoryObjectStore();
    await store.hide(await store.head(store.put(at.bucket, at.key, patternBytes(5))));
    expect(await conditionNow(store, at, false)).toEqual({ absent: true });
  });

  test.each([true, false])('is none where the place cannot be looked at: %s', async (mayReplace) => {
    const store = new MemoryObjectStore();
    store.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => conditionNow(store, at, mayReplace))).code).toBe('ACCESS_DENIED');
  });

  test('passes the signal on', async () => {
    const store = new MemoryObjectStore();
    const signals: unknown[] = [];
    const heading = store.head.bind(store);
    const watched = Object.assign(store, {
      head: (address: typeof at, signal?: AbortSignal) => {
        signals.push(signal);
        return heading(address);
      },
    });
    const { signal } = new AbortController();
    await conditionNow(watched, at, false, signal);
    expect(signals).toEqual([signal]);
  });
});

describe('a condition', () => {
  test('holds for what it was made from, and for nothing else', async () => {
    const store = new MemoryObjectStore();
    const absent = conditionFrom(undefined);
    await assertHolds(store, at, absent);
    const standing = conditionFrom(await store.head(store.put(at.bucket, at.key, patternBytes(5))));
    await assertHolds(store, at, standing);
    const failure = await failureOf(() => assertHolds(store, at, absent));
    expect([failure.code, failure.retryable, failure.fields]).toEqual(['OBJECT_CHANGED', true, at]);
    store.put(at.bucket, at.key, patternBytes(6));
    expect((await failureOf(() => assertHolds(store, at, standing))).code).toBe('OBJECT_CHANGED');
    await store.hide(await store.head(at));
    expect((await failureOf(() => assertHolds(store, at, standing))).code).toBe('OBJECT_CHANGED');
    await assertHolds(store, at, absent);
  });

  test('neither holds nor fails where the place cannot be looked at', async () => {
    const store = new MemoryObjectStore();
    store.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => assertHolds(store, at, { absent: true }))).code).toBe('ACCESS_DENIED');
  });
});

test('what stands in the way is told with what to do about it', () => {
  const error = outputExists({ bucket: '', key: 'folder/a.txt' });
  expect([error.code, error.retryable]).toEqual(['OUTPUT_EXISTS', false]);
  expect(error.fields).toEqual({ bucket: '', key: 'folder/a.txt' });
  expect(error.hint).toMatch('--overwrite');
});
