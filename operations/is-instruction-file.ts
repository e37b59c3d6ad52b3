import { classify, INSTRUCTION_FILE_MARK, type Metadata } from '../envelope/index.ts';

/**
 * Whether the metadata is that of an instruction file, and of no sealed object: anybody may mark an object, and one
 * that has an envelope opens all the same.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where names of several format versions are there.
 */
export function isInstructionFile(metadata: Metadata): boolean {
  return INSTRUCTION_FILE_MARK in metadata && classify(metadata) === 'none';
}
