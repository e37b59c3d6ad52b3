import { dirname } from 'node:path';
import type { ObjectToWrite } from '../../operations/object-store.ts';
import { withPartialFile } from '../../operations/verified-file.ts';
import { checkedBody } from './checked-body.ts';
import { toFileError } from './file-errors.ts';
import type { ParentFolders } from './parent-folders.ts';

/** Where content goes, and how it gets there. */
export interface ContentDestination {
  readonly path: string;
  /** The file's permissions, less the umask. */
  readonly mode: number;
  readonly folders: ParentFolders;

  /** Throws where the condition of the write does not hold. */
  assertHolds(): Promise<void>;

  /** Gives the temporary file with all of the content its name. */
  name(partial: string): Promise<void>;
}

/** What is written before the condition is looked at: no more work than the look. */
const smallBytes = 256 * 1024;

/**
 * Writes an object's content to a temporary file, checks it, and lets the destination name it. Where much content
 * may be on its way, the condition is looked at before anything is done.
 *
 * @throws {@link SealdropError} VERIFICATION_FAILED, CONTENT_LENGTH_MISMATCH, FILE_NAME_INVALID,
 *   FILE_ACCESS_DENIED, FILE_FAILED, DISK_FULL, OUTPUT_EXISTS, ABORTED; and what the body and the destination
 *   throw. Neither the temporary file nor a new folder is left then.
 */
export async function writeContent(
  object: ObjectToWrite,
  destination: ContentDestination,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, mode, folders } = destination;
  const options = object.modified === undefined ? { mode } : { mode, modified: object.modified };
  const body = checkedBody(object, signal);
  try {
    if ((object.lengthBytes ?? Infinity) > smallBytes) await destination.assertHolds();
    await folders.holding(dirname(path), () =>
      withPartialFile(path, body.chunks, options, (partial) => destination.name(partial)),
    );
  } catch (error) {
    throw body.hasThrown(error) ? error : toFileError(error, path);
  }
}
