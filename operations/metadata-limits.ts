import { envelopeNames, SealdropError, type Metadata } from '../envelope/index.ts';
import { recordPrefix } from './records.ts';

/** S3's limit for names and values together, in bytes of UTF-8. */
const maxMetadataBytes = 2048;

/**
 * @throws {@link SealdropError} RESERVED_METADATA where a source object carries entries of the format or of
 *   this package: the sealed object could not keep both them and its own.
 */
export function assertNoReservedEntries(metadata: Metadata): void {
  const reserved = Object.keys(metadata)
    .map((name) => name.toLowerCase())
    .filter((name) => envelopeNames.includes(name) || name.startsWith(recordPrefix));
  if (reserved.length === 0) return;
  throw new SealdropError('RESERVED_METADATA', 'the source object carries reserved metadata entries', {
    fields: { names: reserved },
  });
}

/** @throws {@link SealdropError} METADATA_TOO_LARGE where S3 would refuse the metadata. */
export function assertMetadataFits(metadata: Metadata): void {
  const sizeBytes = Object.entries(metadata)
    .map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value))
    .reduce((sum, bytes) => sum + bytes, 0);
  if (sizeBytes <= maxMetadataBytes) return;
  throw new SealdropError('METADATA_TOO_LARGE', 'the metadata does not fit beside the envelope', {
    fields: { sizeBytes, maxMetadataBytes },
  });
}
