import { isDeepStrictEqual } from 'node:util';
import {
  classify,
  mayHaveInstructionFile,
  mergeInstructionFile,
  parseEnvelope,
  type Envelope,
  type Metadata,
  type SealdropErrorCode,
} from '../envelope/index.ts';
import { hasCode } from './has-code.ts';
import { assertNoInstructionFile } from './is-instruction-file.ts';
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
  /** Finds the object's own instruction file by what files record of each other, where they lead to it. */
  readonly findInstructionFile?: () => Promise<Metadata | undefined>;
}

const noFile: readonly SealdropErrorCode[] = ['OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG'];

/**
 * What another version of the file may do better: it may be of this write, wrapped by another key, or bound to
 * what the object was bound to before a move that did not come to its end.
 */
const notThisFile: readonly SealdropErrorCode[] = [
  'AUTHENTICATION_FAILED',
  'CONTEXT_MISMATCH',
  'DATA_KEY_NOT_CACHED',
  'KEY_DISABLED',
  'KEY_MISMATCH',
  'KEY_NOT_FOUND',
  'KEY_PENDING_DELETION',
];

/**
 * Finds an object's envelope and opens it. An instruction file and its object are written one after the
 * other, so the current file may be of another write. A V3 object tells: its commitment does not match, and
 * the version that it records is taken. A V2 object does not: there the recorded version goes first. Where that
 * is gone, since the file was rewrapped long ago, the files themselves tell which one is the object's own.
 *
 * @param open - starts to open the object that has this envelope
 * @throws {@link SealdropError} NOT_SEALED, INSTRUCTION_FILE_MISSING, ENVELOPE_MALFORMED,
 *   ENVELOPE_UNSUPPORTED, and what `open` and the source throw.
 */
export async function openEnvelope<Opened>(
  { metadata, readInstructionFile, findInstructionFile }: EnvelopeSource,
  open: (envelope: Envelope) => Promise<Opened>,
): Promise<Opened> {
  if (!mayHaveInstructionFile(metadata)) return open(parseEnvelope(metadata));
  const tried: Metadata[] = [];
  let failure: unknown;
  for (const read of filesInTurn(metadata, readInstructionFile, findInstructionFile)) {
    try {
      const file = await read();
      // What is found may be one of the others once more.
      if (file === undefined || (findInstructionFile !== undefined && isIn(tried, file))) continue;
      tried.push(file);
      return await open(parseEnvelope(mergeInstructionFile(metadata, file)));
    } catch (error) {
      if (!hasCode(error, ...notThisFile, ...noFile)) throw error;
      // A file that is there tells more than one that is not.
      failure = failure === undefined || hasCode(failure, ...noFile) ? error : failure;
    }
  }
  // Without an instruction file the metadata alone tells what is missing.
  if (hasCode(failure, ...noFile)) {
    assertNoInstructionFile(metadata);
    return open(parseEnvelope(metadata));
  }
  throw failure;
}

function isIn(tried: readonly Metadata[], file: Metadata): boolean {
  return tried.some((each) => isDeepStrictEqual(each, file));
}

function filesInTurn(
  metadata: Metadata,
  read: EnvelopeSource['readInstructionFile'],
  find: EnvelopeSource['findInstructionFile'],
): readonly (() => Promise<Metadata | undefined>)[] {
  const versionId = recordedInstructionVersion(metadata);
  const current = (): Promise<Metadata> => read();
  const recorded = versionId === undefined ? [] : [(): Promise<Metadata> => read(versionId)];
  const found = find === undefined ? [] : [find];
  const isTold = classify(metadata) !== 'none' || versionId === undefined;
  return isTold ? [current, ...recorded, ...found] : [...recorded, ...found, current];
}
