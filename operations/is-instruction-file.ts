import { classify, INSTRUCTION_FILE_MARK, SealdropError, type Metadata } from '../envelope/index.ts';
import { hasCode } from './has-code.ts';

/**
 * Whether the metadata is that of an instruction file, and of no sealed object: anybody may mark an object, and one
 * that has an envelope opens all the same.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where names of several format versions are there.
 */
export function isInstructionFile(metadata: Metadata): boolean {
  return INSTRUCTION_FILE_MARK in metadata && classify(metadata) === 'none';
}

/**
 * Checks that what is to be opened as an object is no instruction file.
 *
 * @throws {@link SealdropError} NOT_SEALED, which {@link tellsOfInstructionFile} knows from others.
 */
export function assertNoInstructionFile(metadata: Metadata): void {
  if (isInstructionFile(metadata)) throw itIsAnInstructionFile();
}

/** What says that an instruction file was named where a sealed object was to be. */
export function itIsAnInstructionFile(): SealdropError {
  return new SealdropError('NOT_SEALED', 'it is an instruction file, and no sealed object', {
    fields: { isInstructionFile: true },
    hint: 'name the object that it stands beside',
  });
}

/** Whether an error says that what was to be opened is an instruction file: below a tree, that is no failure. */
export function tellsOfInstructionFile(error: unknown): boolean {
  return hasCode(error, 'NOT_SEALED') && error.fields['isInstructionFile'] === true;
}
