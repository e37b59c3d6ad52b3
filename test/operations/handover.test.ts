import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { handOver, handovers, sealedTag, type Handover } from '../../operations/handover.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const [bucket, key] = ['intake', 'a.txt'];
const content = Buffer.from('first');

async function put(store: MemoryObjectStore, tags = {}) {
  return store.head(store.put(bucket, key, content, { tags }));
}

describe('handing a source over', () => {
  test('knows three ways', () => {
    expect(handovers).toEqual(['keep', 'tag', 'delete']);
  });

  test('keeps it as it is', async () => {
    const store = new MemoryObjectStore();
    const source = await put(store, { team: 'blue' });
    const callsBefore = store.calls.length;
    await handOver(store, source, 'keep');
    expect(store.calls).toHaveLength(callsBefore);
  });

  test('tags its version beside the tags that it has', async () => {
    const store = new MemoryObjectStore();
    const source = await put(store, { team: 'blue' });
    store.put(bucket, key, Buffer.from('second'), { tags: { team: 'red' } });
    await handOver(store, source, 'tag');
    expect(await store.tags(source.address)).toEqual({ team: 'blue', [sealedTag.name]: sealedTag.value });
    expect(await store.tags({ bucket, key })).toEqual({ team: 'red' });
  });

  test('hides it behind a delete marker, and its version stays', async () => {
    const store = new MemoryObjectStore();
    const source = await put(store);
    await handOver(store, source, 'delete');
    expect((await failureOf(() => store.head({ bucket, key }))).code).toBe('OBJECT_NOT_FOUND');
    expect(store.contentOf(source.address)).toEqual(content);
  });

  test('places no marker over a newer drop', async () => {
    const store = new MemoryObjectStore();
    const source = await put(store);
    // The same content, so that only the version tells the two apart.
    const newer = store.put(bucket, key, content);
    await handOver(store, source, 'delete');
    expect(store.countOf('hide')).toBe(0);
    expect((await store.head({ bucket, key })).address).toEqual(newer);
  });

  test('places no marker over a newer drop that arrives after the look', async () => {
    const store = new MemoryObjectStore();
    const source = await put(store);
    store.before('hide', () => {
      store.put(bucket, key, Buffer.from('newer'));
    });
    await handOver(store, source, 'delete');
    expect(store.contentOf({ bucket, key }).toString()).toBe('newer');
  });

  test('never deletes from an unversioned bucket, where it would destroy the source', async () => {
    const store = new MemoryObjectStore({ versioned: false });
    const source = await put(store);
    const failure = await failureOf(() => handOver(store, source, 'delete'));
    expect([failure.code, failure.retryable]).toEqual(['SOURCE_NOT_VERSIONED', false]);
    expect(store.contentOf({ bucket, key })).toEqual(content);
  });

  test.each(handovers)('twice is the same as once: %s', async (handover) => {
    const store = new MemoryObjectStore();
    const source = await put(store);
    await handOver(store, source, handover);
    await handOver(store, source, handover);
    expect(store.countOf('hide')).toBe(handover === 'delete' ? 1 : 0);
    expect(store.countOf('setTags')).toBe(handover === 'tag' ? 1 : 0);
  });

  test.each(handovers)('is done where its version is no longer there: %s', async (handover) => {
    const store = new MemoryObjectStore();
    const source = await put(store);
    store.destroy(source.address);
    await expect(handOver(store, source, handover)).resolves.toBeUndefined();
    expect(store.countOf('hide')).toBe(0);
  });

  test.each([
    ['tag', 'tags'],
    ['tag', 'setTags'],
    ['delete', 'head'],
    ['delete', 'hide'],
  ] as [Handover, 'tags' | 'setTags' | 'head' | 'hide'][])(
    'by %s throws what %s throws, and the source is as it was',
    async (handover, method) => {
      const store = new MemoryObjectStore();
      const source = await put(store);
      store.before(method, () => {
        throw new SealdropError('THROTTLED', 'too fast');
      });
      expect((await failureOf(() => handOver(store, source, handover))).code).toBe('THROTTLED');
      expect((await store.head({ bucket, key })).address).toEqual(source.address);
      expect(await store.tags(source.address)).toEqual({});
    },
  );
});
