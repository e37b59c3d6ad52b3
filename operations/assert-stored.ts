import { SealdropError } from '../envelope/index.ts';
import type { StoredObject } from './object-store.ts';
import type { SentObject } from './seal-content.ts';

/**
 * Checks that a store holds what was sent to it: its length, its checksum and its metadata.
 *
 * @throws {@link SealdropError} VERIFICATION_FAILED
 */
export function assertStored(stored: StoredObject, sent: SentObject): void {
  const differing = [
    stored.lengthBytes === sent.lengthBytes ? [] : ['length'],
    stored.crc32 === sent.crc32 ? [] : ['checksum'],
    Object.entries(sent.metadata).every(([name, value]) => stored.metadata[name] === value)
      ? []
      : ['metadata'],
  ].flat();
  if (differing.length === 0) return;
  throw new SealdropError('VERIFICATION_FAILED', 'the stored object differs from the sealed one', {
    fields: { differing },
  });
}
