import { createSecretKey, hkdfSync } from 'node:crypto';
import { committingSuite } from './suite.ts';

/**
 * Derives the key commitment (28 bytes) of a data key and a message id.
 *
 * Spec: key-derivation.md#hkdf-operation
 */
export function deriveCommitment(dataKey: Uint8Array, messageId: Uint8Array): Buffer {
  return derive(dataKey, messageId, 'COMMITKEY', committingSuite.commitmentBytes);
}

/**
 * Derives the content key (32 bytes) of one object. The caller owns the result and zero-fills it.
 *
 * Spec: key-derivation.md#hkdf-operation
 */
export function deriveContentKey(dataKey: Uint8Array, messageId: Uint8Array): Buffer {
  return derive(dataKey, messageId, 'DERIVEKEY', committingSuite.contentKeyBytes);
}

/** HKDF (RFC 5869) with SHA-512: extract, then expand. */
export function hkdfSha512(
  inputKey: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  lengthBytes: number,
): Buffer {
  // Node would make the same key object of the bytes, after a failed guess that takes longer than all the rest.
  const key = createSecretKey(inputKey);
  return Buffer.from(hkdfSync('sha512', key, salt, info, lengthBytes));
}

function derive(dataKey: Uint8Array, messageId: Uint8Array, label: string, lengthBytes: number): Buffer {
  const info = Buffer.concat([committingSuite.idBytes, Buffer.from(label, 'ascii')]);
  return hkdfSha512(dataKey, messageId, info, lengthBytes);
}
