import type { CopyingStore, WritableStore } from '../operations/object-store.ts';

/** A store as it is, and a count of the bytes that are read from it. */
export function metered(store: WritableStore, onBytes: (bytes: number) => void): WritableStore {
  return {
    head: (address, signal) => store.head(address, signal),
    tags: (address, signal) => store.tags(address, signal),
    list: (bucket, prefix, signal) => store.list(bucket, prefix, signal),
    write: (object, signal) => store.write(object, signal),
    get: async (address, signal) => {
      const { object, content } = await store.get(address, signal);
      return { object, content: counted(content, onBytes) };
    },
  };
}

/** As {@link metered}, for a store that copies; what it copies is not read. */
export function meteredCopying(store: CopyingStore, onBytes: (bytes: number) => void): CopyingStore {
  return {
    ...metered(store, onBytes),
    copy: (object, target, signal) => store.copy(object, target, signal),
  };
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    yield chunk;
    onBytes(chunk.length);
  }
}
