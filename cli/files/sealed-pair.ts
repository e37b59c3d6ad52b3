import { copyFile, link, rename, rm } from 'node:fs/promises';
import { takeName } from '../../operations/verified-file.ts';
import { hasCode } from './file-errors.ts';

/** The paths of the two files of one sealed object. */
export interface SealedPair {
  readonly content: string;
  readonly meta: string;
}

/**
 * Gives the temporary files of a sealed object their names: the metadata first, so that no content is ever
 * there without. Where the second fails, the first is taken back.
 *
 * @param overwrite - whether an earlier pair may be replaced; a meta file that comes to be meanwhile may not
 * @throws the file system's own errors. What was there before is there again then.
 */
export async function takeNames(partial: SealedPair, names: SealedPair, overwrite: boolean): Promise<void> {
  const earlier = `${partial.meta}.earlier`;
  const isKept = overwrite && (await keepIfThere(names.meta, earlier));
  try {
    await takeName(partial.meta, names.meta, isKept);
    await takeName(partial.content, names.content, overwrite).catch(async (error: unknown) => {
      await (isKept ? rename(earlier, names.meta) : rm(names.meta));
      throw error;
    });
  } finally {
    if (isKept) await rm(earlier, { force: true });
  }
}

async function keepIfThere(path: string, other: string): Promise<boolean> {
  try {
    // Some file systems have no links.
    await link(path, other).catch(() => copyFile(path, other));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
