import { SealdropError } from './errors.ts';
import {
  classify,
  INSTRUCTION_FILE_MARK,
  lowerCased,
  v3ContentNames,
  v3DataKeyNames,
  type Metadata,
} from './metadata-names.ts';
import { parseStringMap } from './string-map.ts';

/** The suffix that an object's key takes for its instruction file, unless a reader names another. */
export const defaultInstructionFileSuffix = '.instruction';

/** What an instruction file holds at most, far beyond what any client writes. */
export const maxInstructionFileBytes: number = 64 * 1024;

/** Envelope entries in two places. */
export interface SplitEnvelope {
  /** What stays on the object. */
  readonly object: Metadata;
  /** What moves to the instruction file. */
  readonly instructionFile: Metadata;
}

/**
 * Splits an envelope: with V3 what tells of the data key moves to the instruction file, with V2 everything.
 *
 * Spec: data-format/metadata-strategy.md#v1v2-instruction-files, #v3-instruction-files
 */
export function splitEnvelope(envelope: Metadata): SplitEnvelope {
  const entries = Object.entries(envelope);
  // The mark of a file, on an object that somebody gave it, says nothing of the file.
  const stays = ([name]: [string, string]) => v3ContentNames.includes(name) || name === INSTRUCTION_FILE_MARK;
  return {
    object: Object.fromEntries(entries.filter(stays)),
    instructionFile: Object.fromEntries(entries.filter((entry) => !stays(entry))),
  };
}

/** Whether an object's envelope is, or may be, in an instruction file. */
export function mayHaveInstructionFile(objectMetadata: Metadata): boolean {
  return ['none', 'v3-with-instruction-file'].includes(classify(objectMetadata));
}

/**
 * Puts the two halves of an envelope together.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where an entry is in the place of the other half: the
 *   instruction file could then say what was sealed.
 */
export function mergeInstructionFile(objectMetadata: Metadata, instructionFile: Metadata): Metadata {
  const objectKind = classify(objectMetadata);
  const fileNames = [...lowerCased(instructionFile).keys()];
  if (objectKind === 'v3-with-instruction-file') {
    if (!fileNames.every((name) => v3DataKeyNames.includes(name))) {
      throw misplaced('the instruction file holds more than a data key');
    }
    return { ...objectMetadata, ...instructionFile };
  }
  if (objectKind !== 'none') throw misplaced('the object has its envelope in its own metadata');
  const fileKind = classify(instructionFile);
  if (fileKind !== 'v1' && fileKind !== 'v2') throw misplaced('the instruction file holds no whole envelope');
  return instructionFile;
}

/** The bytes of an instruction file: JSON, and nothing beside it. */
export function encodeInstructionFile(instructionFile: Metadata): Buffer {
  return Buffer.from(JSON.stringify(instructionFile), 'utf8');
}

/**
 * Reads an instruction file.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where it is not a JSON object of strings.
 */
export function parseInstructionFile(bytes: Uint8Array): Metadata {
  return parseStringMap(Buffer.from(bytes).toString('utf8'), 'the instruction file');
}

function misplaced(message: string): SealdropError {
  return new SealdropError('ENVELOPE_MALFORMED', message);
}
