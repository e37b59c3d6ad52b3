import type { CopyingStore } from '../../operations/object-store.ts';

/**
 * A store of files that tells the checksum of what was written last through it. Files have none to tell; that of
 * a write was compared before the file came to be.
 */
export function tellingWrittenChecksum(store: CopyingStore): CopyingStore {
  let written: { readonly key: string; readonly crc32: string } | undefined;
  return {
    get: (address, signal) => store.get(address, signal),
    tags: (address, signal) => store.tags(address, signal),
    list: (bucket, prefix, signal) => store.list(bucket, prefix, signal),
    copy: (object, target, signal) => store.copy(object, target, signal),
    write: async (object, signal) => {
      const address = await store.write(object, signal);
      written = { key: object.key, crc32: object.crc32() };
      return address;
    },
    head: async (address, signal) => {
      const object = await store.head(address, signal);
      return written?.key === address.key ? { ...object, crc32: written.crc32 } : object;
    },
  };
}
