import type { createHmac, Hash } from 'node:crypto';
import type { EncryptedDataKey, EncryptionContext } from '../envelope/index.ts';

/**
 * A digest that differs wherever one of the parts does.
 *
 * @param hash - new; it is used up
 */
export function digestOfParts(
  hash: Hash | ReturnType<typeof createHmac>,
  parts: readonly (string | Uint8Array)[],
): string {
  for (const part of parts) {
    // UTF-8 would write the same bytes for two strings that are not well formed.
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf16le') : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest('base64');
}

/** All that tells one encrypted data key from another: they are opened by the same call, or not. */
export function partsOfEncrypted(encryptedDataKey: EncryptedDataKey): readonly (string | Uint8Array)[] {
  const { wrappingAlgorithm, suite, ciphertext, context } = encryptedDataKey;
  return [wrappingAlgorithm, suite.name, ciphertext, ...sortedPairs(context)];
}

/** The names and values of a context, in one order for equal contexts. */
export function sortedPairs(context: EncryptionContext): string[] {
  return Object.entries(context)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat();
}
