import {
  maxInstructionFileBytes,
  parseInstructionFile,
  SealdropError,
  type Metadata,
} from '../envelope/index.ts';
import type { ObjectAddress, ReadableStore } from './object-store.ts';
import { gather } from './gather.ts';

/**
 * Reads an instruction file from a store.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND, ENVELOPE_MALFORMED, and what the store throws.
 */
export async function readInstructionFile(
  store: ReadableStore,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<Metadata> {
  const { object, content } = await store.get(address, signal);
  if (object.lengthBytes > maxInstructionFileBytes) {
    throw new SealdropError('ENVELOPE_MALFORMED', 'the instruction file is too long to be one');
  }
  return parseInstructionFile(await gather(content));
}
