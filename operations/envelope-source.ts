import { findInstructionFile } from './find-instruction-file.ts';
import type { InstructionFileChoice } from './instruction-file-address.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';
import type { EnvelopeSource } from './open-envelope.ts';
import { standingInstructionFileOf, type StandingInstructionFile } from './read-instruction-file.ts';
import { concerningFile, recordedInstructionVersion } from './records.ts';

/** Where the instruction file of an object is looked for, and who is told of it. */
export interface EnvelopeSourceOptions extends Pick<InstructionFileChoice, 'suffix'> {
  readonly signal?: AbortSignal | undefined;
  /** Is told of each file that was read: the last one is the one that is taken. */
  readonly onFile?: (file: StandingInstructionFile) => void;
}

/** Where the envelope of an object in a store is: with the object, and in every instruction file that may be its own. */
export function envelopeSourceOf(
  store: ReadableStore,
  { address, metadata }: Pick<StoredObject, 'address' | 'metadata'>,
  { suffix, signal, onFile }: EnvelopeSourceOptions = {},
): EnvelopeSource {
  const read = async (versionId?: string): Promise<StandingInstructionFile> => {
    const file = await standingInstructionFileOf(store, address, { suffix, versionId, signal });
    onFile?.(file);
    return file;
  };
  return {
    metadata: concerningFile(metadata, suffix),
    readInstructionFile: async (versionId) => (await read(versionId)).entries,
    findInstructionFile: async () =>
      (await findInstructionFile(recordedInstructionVersion(metadata), read))?.entries,
  };
}
