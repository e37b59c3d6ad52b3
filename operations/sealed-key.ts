import { SealdropError } from '../envelope/index.ts';

/** S3's limit for an object key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/** The suffix of the objects that hold another object's encryption metadata. */
const instructionFileSuffix = '.instruction';

/**
 * The key of the sealed object for a key in a source bucket.
 *
 * @throws {@link SealdropError} RESERVED_NAME where it could be taken for another object's instruction file,
 *   OBJECT_KEY_TOO_LONG where the prefix makes it too long for S3.
 */
export function sealedKeyOf(sourceKey: string, sealedPrefix: string): string {
  if (sourceKey.endsWith(instructionFileSuffix)) {
    throw new SealdropError('RESERVED_NAME', `a source key must not end in "${instructionFileSuffix}"`);
  }
  const key = sealedPrefix + sourceKey;
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new SealdropError('OBJECT_KEY_TOO_LONG', 'the key and its prefix are too long together', {
      fields: { keyBytes: Buffer.byteLength(key), maxKeyBytes },
    });
  }
  return key;
}
