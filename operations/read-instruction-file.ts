import {
  maxInstructionFileBytes,
  parseInstructionFile,
  SealdropError,
  type Metadata,
} from '../envelope/index.ts';
import type { ObjectAddress, ObjectStore } from './object-store.ts';
import { gather } from './gather.ts';

/**
 * Reads an instruction file from a store.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, ENVELOPE_MALFORMED, and what the store throws.
 */
export async function readInstructionFile(
  store: ObjectStore,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<Metadata> {
  const object = await store.head(address, signal);
  if (object.lengthBytes > maxInstructionFileBytes) {
    throw new SealdropError('ENVELOPE_MALFORMED', 'the instruction file is too long to be one');
  }
  return parseInstructionFile(await gather(store.read(object, signal)));
}
