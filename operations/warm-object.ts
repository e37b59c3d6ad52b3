import {
  contentLengthBytes,
  startOpen,
  type EncryptedDataKey,
  type Keyring,
  type PlaintextDataKey,
} from '../envelope/index.ts';
import type { DataKeyFile } from './data-key-file.ts';
import type { ObjectAddress } from './object-store.ts';
import type { OpenOptions } from './open-object.ts';
import { openStored } from './open-stored.ts';
import { contextOf } from './vault.ts';

/** What warming needs: what opening does, and where the data keys are to be kept. */
export interface WarmOptions extends OpenOptions {
  readonly file: DataKeyFile;
}

/**
 * Keeps the data key of a sealed object in a file of data keys. The object is checked as when it is opened, up to
 * its commitment; its content is not read. A data key that the file holds is not asked for again.
 *
 * @throws {@link SealdropError} what opening throws before it reads content.
 */
export async function warmObject(address: ObjectAddress, options: WarmOptions): Promise<void> {
  const { store, keyring, vault, signal, instructionFileSuffix: suffix, file } = options;
  const object = await store.head(address, signal);
  const expectedContext = contextOf(vault, address.key);
  await openStored(store, object, { suffix, signal }, async (envelope) => {
    let dataKey: Uint8Array | undefined;
    const copying = keyringThatTells(keyring, file, (plaintext) => {
      dataKey = new Uint8Array(plaintext);
    });
    try {
      const { suite } = await startOpen(copying, envelope, { ...options, expectedContext });
      contentLengthBytes(object.lengthBytes, suite);
      if (dataKey !== undefined) file.add(envelope.encryptedDataKey, dataKey);
    } finally {
      dataKey?.fill(0);
    }
  });
}

/** Opens data keys by the file, or else by the keyring, and tells of those that the file has yet to hold. */
function keyringThatTells(
  keyring: Keyring,
  file: DataKeyFile,
  onNew: (plaintext: Uint8Array) => void,
): Keyring {
  return {
    generateDataKey: (...request) => keyring.generateDataKey(...request),
    decryptDataKey: async (
      encryptedDataKey: EncryptedDataKey,
      signal?: AbortSignal,
    ): Promise<PlaintextDataKey> => {
      const held = file.find(encryptedDataKey);
      if (held !== undefined) return { plaintext: held };
      const opened = await keyring.decryptDataKey(encryptedDataKey, signal);
      onNew(opened.plaintext);
      return opened;
    },
  };
}
