import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { isCurrent } from '../../operations/is-current.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const [bucket, key] = ['bucket', 'a'];

describe('an object', () => {
  test.each([true, false])('is current as long as nothing else is there: versions %s', async (versioned) => {
    const store = new MemoryObjectStore({ versioned });
    const object = await store.head(store.put(bucket, key, Buffer.from('first')));
    expect(await isCurrent(store, object)).toBe(true);
    store.put(bucket, key, Buffer.from('second'));
    expect(await isCurrent(store, object)).toBe(false);
  });

  test('is not current where another version of the same content is', async () => {
    const store = new MemoryObjectStore();
    const object = await store.head(store.put(bucket, key, Buffer.from('same')));
    store.put(bucket, key, Buffer.from('same'));
    expect(await isCurrent(store, object)).toBe(false);
  });

  test('is not current behind a delete marker', async () => {
    const store = new MemoryObjectStore();
    const object = await store.head(store.put(bucket, key, Buffer.from('first')));
    await store.hide(object);
    expect(await isCurrent(store, object)).toBe(false);
  });

  test('is neither where the store does not tell', async () => {
    const store = new MemoryObjectStore();
    const object = await store.head(store.put(bucket, key, Buffer.from('first')));
    store.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => isCurrent(store, object))).code).toBe('ACCESS_DENIED');
  });
});
