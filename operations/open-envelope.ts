import {
  mayHaveInstructionFile,
  mergeInstructionFile,
  parseEnvelope,
  SealdropError,
  type Envelope,
  type Metadata,
  type SealdropErrorCode,
} from '../envelope/index.ts';
import { recordedInstructionVersion } from './records.ts';

/** Where one object's envelope is. */
export interface EnvelopeSource {
  /** The object's own metadata. */
  readonly metadata: Metadata;
  /**
   * Reads the object's instruction file: the current one, or one version of it.
   *
   * @throws {@link SealdropError} OBJECT_NOT_FOUND; OBJECT_KEY_TOO_LONG where none can exist.
   */
  readonly readInstructionFile: (versionId?: string) => Promise<Metadata>;
}

/**
 * Finds an object's envelope and opens it. An instruction file and its object are written one after the
 * other: where the current file is of another write, the object's commitment does not match it, and the
 * version that the object records is taken.
 *
 * @param open - starts to open the object that has this envelope
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_MALFORMED,
 *   ENVELOPE_UNSUPPORTED, and what `open` and the source throw.
 */
export async function openEnvelope<Opened>(
  { metadata, readInstructionFile }: EnvelopeSource,
  open: (envelope: Envelope) => Promise<Opened>,
): Promise<Opened> {
  if (!mayHaveInstructionFile(metadata)) return open(parseEnvelope(metadata));
  const withFile = async (versionId?: string): Promise<Opened> =>
    open(parseEnvelope(mergeInstructionFile(metadata, await readInstructionFile(versionId))));
  const recorded = recordedInstructionVersion(metadata);
  try {
    return await withFile();
  } catch (error) {
    // Without an instruction file the metadata alone tells what is missing.
    if (hasCode(error, 'OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG')) return open(parseEnvelope(metadata));
    if (recorded === undefined || !hasCode(error, 'AUTHENTICATION_FAILED')) throw error;
    // Where the recorded version is gone, too, the object remains what it was: not to be authenticated.
    return withFile(recorded).catch((second: unknown) => {
      throw hasCode(second, 'OBJECT_NOT_FOUND') ? error : second;
    });
  }
}

function hasCode(error: unknown, ...codes: SealdropErrorCode[]): boolean {
  return error instanceof SealdropError && codes.includes(error.code);
}
