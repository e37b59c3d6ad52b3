import { describe, expect, test } from '@jest/globals';
import { metered, meteredCopying } from '../../cli/metered-store.ts';
import { edgeLengths, failureOf, gather, patternBytes } from '../support/bytes.ts';
import { objectOf } from './files/scene.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const at = { bucket: 'b', key: 'folder/a' };

test('a copy is passed on, and is no read', async () => {
  const store = new MemoryObjectStore();
  store.put(at.bucket, at.key, patternBytes(10));
  let counted = 0;
  const metering = meteredCopying(store, (bytes) => {
    counted += bytes;
  });
  const object = await metering.head(at);
  const target = { address: at, metadata: { a: 'b' }, condition: { etag: object.etag } };
  expect((await metering.head(await metering.copy(object, target))).metadata).toEqual({ a: 'b' });
  expect(counted).toBe(0);
});

describe('a store whose reads are counted', () => {
  test.each(edgeLengths)('gives %i bytes as they are, and counts them', async (lengthBytes) => {
    const store = new MemoryObjectStore();
    store.put(at.bucket, at.key, patternBytes(lengthBytes));
    store.chunkBytes = 1000;
    const counted: number[] = [];
    const { object, content } = await metered(store, (bytes) => counted.push(bytes)).get(at);
    expect(counted).toEqual([]);
    expect((await gather(content)).equals(patternBytes(lengthBytes))).toBe(true);
    expect(counted.reduce((sum, bytes) => sum + bytes, 0)).toBe(lengthBytes);
    expect(counted.length).toBe(Math.ceil(lengthBytes / 1000));
    expect(object).toEqual(await store.head(at));
  });

  test('passes on all else, with the signal', () => {
    const { signal } = new AbortController();
    const asked: unknown[][] = [];
    const ask =
      (name: string) =>
      (...args: unknown[]): string => {
        asked.push([name, ...args]);
        return name;
      };
    const names = ['head', 'tags', 'list', 'write'];
    const inner = Object.fromEntries(names.map((name) => [name, ask(name)])) as unknown as MemoryObjectStore;
    const store = metered(inner, () => undefined);
    const object = objectOf('a', 'content');
    expect([
      ...[store.head(at, signal), store.tags(at, signal), store.list('b', 'p/', signal)],
      store.write(object, signal),
    ]).toEqual(names);
    expect(asked).toEqual([
      ['head', at, signal],
      ['tags', at, signal],
      ['list', 'b', 'p/', signal],
      ['write', object, signal],
    ]);
  });

  test('fails as the store does', async () => {
    const store = metered(new MemoryObjectStore(), () => undefined);
    expect((await failureOf(() => store.get(at))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('lets go of the content when the reader stops', async () => {
    const store = new MemoryObjectStore();
    store.put(at.bucket, at.key, patternBytes(5000));
    const { object } = await store.get(at);
    let isReleased = false;
    async function* content(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(10));
      } finally {
        isReleased = true;
      }
    }
    store.get = () => Promise.resolve({ object, content: content() });
    for await (const chunk of (await metered(store, () => undefined).get(at)).content) {
      expect(chunk).toHaveLength(10);
      break;
    }
    expect(isReleased).toBe(true);
  });
});
