import type { Drop } from '../../operations/drop.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import type { SealDropOptions } from '../../operations/seal-drop.ts';
import { FakeKeyring } from './fake-keyring.ts';
import { FakeKms } from './fake-kms.ts';
import { MemoryObjectStore, type PutOptions } from './memory-object-store.ts';

/** A vault with everything around it, in memory. */
export interface World {
  readonly kms: FakeKms;
  readonly keyArn: string;
  readonly keyring: FakeKeyring;
  readonly store: MemoryObjectStore;
  /** What {@link sealDrop} takes: binding `object`, prefix `in/`, sources kept. */
  readonly options: SealDropOptions;
  /** Puts a file into the source bucket, and returns what its event would tell. */
  readonly drop: (key: string, content: Uint8Array, put?: PutOptions) => Drop;
  /** Where the sealed object of a source key is. */
  readonly sealedAt: (key: string) => ObjectAddress;
}

/** The names of the buckets of every {@link World}. */
export const sourceBucket = 'intake';
export const sealedBucket = 'sealed';
export const sealedPrefix = 'in/';

/** A new world, with one key and nothing in its buckets. */
export function createWorld(options: { versioned?: boolean } = {}): World {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  const keyring = new FakeKeyring(kms, keyArn);
  const store = new MemoryObjectStore(options);
  let lastSequencer = 0xfe;
  return {
    kms,
    keyArn,
    keyring,
    store,
    options: {
      store,
      keyring,
      vault: { vaultId: 'archive', binding: 'object' },
      sealedBucket,
      sealedPrefix,
      handover: 'keep',
    },
    drop: (key, content, put = {}) => {
      lastSequencer += 1;
      const address = store.put(sourceBucket, key, content, put);
      return { ...address, sequencer: lastSequencer.toString(16).toUpperCase() };
    },
    sealedAt: (key) => ({ bucket: sealedBucket, key: sealedPrefix + key }),
  };
}
