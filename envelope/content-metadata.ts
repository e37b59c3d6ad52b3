import { isCommitting } from './content-key.ts';
import type { Envelope } from './envelope.ts';
import { SealdropError } from './errors.ts';
import { MetadataEntries } from './metadata-entries.ts';
import { classify, type Metadata } from './metadata-names.ts';
import { encodeV2, parseV1, parseV2 } from './metadata-v2.ts';
import { encodeV3, parseV3 } from './metadata-v3.ts';

/** The metadata entries of an envelope, in the format that its suite belongs to. */
export function encodeEnvelope({ encryptedDataKey, content }: Envelope): Metadata {
  return isCommitting(content) ? encodeV3(encryptedDataKey, content) : encodeV2(encryptedDataKey, content);
}

/**
 * Reads the envelope from an object's metadata; entries of others are passed over.
 *
 * @param metadata - the object's own, together with its instruction file's where it has one (see
 *   {@link mergeInstructionFile})
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_UNSUPPORTED for unknown
 *   algorithms, ENVELOPE_MALFORMED for whatever does not fit the format.
 */
export function parseEnvelope(metadata: Metadata): Envelope {
  const entries = new MetadataEntries(metadata);
  switch (classify(metadata)) {
    case 'none':
      throw new SealdropError('NOT_SEALED', 'the object is not sealed');
    case 'v3-with-instruction-file':
      throw new SealdropError('INSTRUCTION_FILE_MISSING', 'the data key is in an instruction file');
    case 'v3':
      return parseV3(entries);
    case 'v2':
      return parseV2(entries);
    case 'v1':
      return parseV1(entries);
  }
}
