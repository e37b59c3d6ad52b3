import { addressOf } from './address-of.ts';
import type { ObjectAddress } from './object-store.ts';
import { instructionFileKey } from './sealed-key.ts';

/** Which instruction file of an object is meant. */
export interface InstructionFileChoice {
  /** @defaultValue `.instruction` */
  readonly suffix?: string | undefined;
  /** The version of the file; without it, the current one. */
  readonly versionId?: string | undefined;
}

/**
 * Where the instruction file of an object is.
 *
 * @param object - the object's address, of whatever version: its file has its own
 * @throws {@link SealdropError} OBJECT_KEY_TOO_LONG where none can exist.
 */
export function instructionFileAddress(
  { bucket, key }: ObjectAddress,
  { suffix, versionId }: InstructionFileChoice = {},
): ObjectAddress {
  return addressOf({ bucket, key: instructionFileKey(key, suffix), versionId });
}
