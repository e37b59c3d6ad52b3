import { defaultInstructionFileSuffix, SealdropError } from '../envelope/index.ts';

/** S3's limit for an object key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * The key of the sealed object for a key in a source bucket.
 *
 * @throws {@link SealdropError} RESERVED_NAME where it could be taken for another object's instruction file,
 *   OBJECT_KEY_TOO_LONG where the prefix makes it too long for S3.
 */
export function sealedKeyOf(sourceKey: string, sealedPrefix: string): string {
  assertNoInstructionFileKey(sourceKey);
  return fitting(sealedPrefix + sourceKey, 'the key and its prefix are too long together');
}

/**
 * @throws {@link SealdropError} RESERVED_NAME for a key that could be taken for the instruction file of another
 *   object.
 */
export function assertNoInstructionFileKey(key: string): void {
  if (!key.endsWith(defaultInstructionFileSuffix)) return;
  throw new SealdropError(
    'RESERVED_NAME',
    `the key of a sealed object must not end in "${defaultInstructionFileSuffix}"`,
  );
}

/**
 * The key of an object's instruction file.
 *
 * @throws {@link SealdropError} OBJECT_KEY_TOO_LONG where S3 has no room for the suffix.
 */
export function instructionFileKey(key: string, suffix: string = defaultInstructionFileSuffix): string {
  return fitting(key + suffix, 'the key has no room for the suffix of an instruction file');
}

/** Whether an object of this key may have an instruction file beside it: not a file itself, and room for it. */
export function canHaveInstructionFile(key: string): boolean {
  const isFile = key.endsWith(defaultInstructionFileSuffix);
  return !isFile && Buffer.byteLength(key + defaultInstructionFileSuffix) <= maxKeyBytes;
}

function fitting(key: string, message: string): string {
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes <= maxKeyBytes) return key;
  throw new SealdropError('OBJECT_KEY_TOO_LONG', message, { fields: { keyBytes, maxKeyBytes } });
}
