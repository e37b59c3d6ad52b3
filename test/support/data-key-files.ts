import { committingSuite, type EncryptedDataKey } from '../../envelope/index.ts';
import { DataKeyFile, type NewDataKeyFileOptions } from '../../operations/data-key-file.ts';
import { patternBytes } from './bytes.ts';

/** The least that scrypt may cost in a file: quick enough for tests. */
export const quickCost = { logN: 14, r: 8, p: 1 } as const;

/** When the files of tests are made, by the clock of the day. */
export const madeAtMilliseconds: number = Date.UTC(2026, 10, 22, 8);

/** A passphrase, anew each time: whoever takes it zero-fills it. */
export function passphrase(text = 'several words of a test'): Buffer {
  return Buffer.from(text);
}

/** A file of data keys, for an hour where nothing else is said. */
export function newFile(options: Partial<NewDataKeyFileOptions> = {}): Promise<DataKeyFile> {
  return DataKeyFile.create(passphrase(), {
    ...{ createdAtMilliseconds: madeAtMilliseconds, lifetimeSeconds: 3600, cost: quickCost },
    ...options,
  });
}

/** An encrypted data key that differs from others by its seed. */
export function encryptedKey(seed: string, other: Partial<EncryptedDataKey> = {}): EncryptedDataKey {
  return {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(180, seed),
    context: { 'sealdrop-vault': 'archive' },
    suite: committingSuite,
    ...other,
  };
}
