import { SealdropError, type EncryptionContext, type Metadata } from '../envelope/index.ts';
import { parseContext } from '../envelope/encryption-context.ts';
import {
  ENCRYPTED_DATA_KEY_V1,
  ENCRYPTED_DATA_KEY_V2,
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTION_CONTEXT_V3,
  lowerCased,
  MAT_DESC,
  MAT_DESC_V3,
} from '../envelope/metadata-names.ts';

/** An encrypted data key, and the context that stands beside it. */
export interface WrappedKey {
  readonly ciphertext: Uint8Array;
  readonly context: EncryptionContext;
}

/** The entries that hold an encrypted data key in any version, each with those that may hold its context. */
const places: readonly (readonly [dataKey: string, contexts: readonly string[]])[] = [
  [ENCRYPTED_DATA_KEY_V3, [ENCRYPTION_CONTEXT_V3, MAT_DESC_V3]],
  [ENCRYPTED_DATA_KEY_V2, [MAT_DESC]],
  [ENCRYPTED_DATA_KEY_V1, [MAT_DESC]],
];

/**
 * Every encrypted data key in the metadata of an object, or in an instruction file. What else the metadata says,
 * which algorithm or which key wrapped, is not asked: it may be forged, and who opens the data key knows.
 *
 * @returns nothing where there is no data key
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where a data key or a context is none.
 */
export function wrappedKeysIn(metadata: Metadata): WrappedKey[] {
  const entries = lowerCased(metadata);
  return places.flatMap(([dataKey, contexts]) => {
    const encoded = entries.get(dataKey);
    if (encoded === undefined) return [];
    const stored = contexts.flatMap((name) => entries.get(name) ?? []);
    const ciphertext = ciphertextOf(encoded, dataKey);
    return (stored.length === 0 ? ['{}'] : stored).map((json) => ({
      ciphertext,
      context: parseContext(json),
    }));
  });
}

function ciphertextOf(encoded: string, name: string): Uint8Array {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === encoded) return bytes;
  throw new SealdropError('ENVELOPE_MALFORMED', `the metadata entry ${name} is not valid`);
}
