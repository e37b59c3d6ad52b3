import { hkdfSync } from 'node:crypto';
import { SealdropError } from './errors.ts';
import { committingSuite } from './suite.ts';

/**
 * Derives the key commitment (28 bytes) of a data key and a message id.
 *
 * Spec: key-derivation.md#hkdf-operation
 *
 * @throws {@link SealdropError} DATA_KEY_INVALID where the data key does not have 32 bytes.
 */
export function deriveCommitment(dataKey: Uint8Array, messageId: Uint8Array): Buffer {
  return derive(dataKey, messageId, 'COMMITKEY', committingSuite.commitmentBytes);
}

/**
 * Derives the content key (32 bytes) of one object. The caller owns the result and zero-fills it.
 *
 * Spec: key-derivation.md#hkdf-operation
 *
 * @throws {@link SealdropError} DATA_KEY_INVALID where the data key does not have 32 bytes.
 */
export function deriveContentKey(dataKey: Uint8Array, messageId: Uint8Array): Buffer {
  return derive(dataKey, messageId, 'DERIVEKEY', committingSuite.contentKeyBytes);
}

function derive(dataKey: Uint8Array, messageId: Uint8Array, label: string, lengthBytes: number): Buffer {
  if (dataKey.length !== committingSuite.dataKeyBytes) {
    throw new SealdropError('DATA_KEY_INVALID', `the data key has ${dataKey.length} bytes`);
  }
  const info = Buffer.concat([committingSuite.idBytes, Buffer.from(label, 'ascii')]);
  return Buffer.from(hkdfSync(committingSuite.hash, dataKey, messageId, info, lengthBytes));
}
