import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { fileInTheWay, hasCode, toFileError } from './file-errors.ts';

/**
 * Makes the folders that files are to go to, and takes away again those that hold nothing because the work
 * failed. One for all works that go on at the same time below one place: it keeps them from taking a folder
 * away from one another.
 */
export class ParentFolders {
  /** Made here, and not known to hold a file yet. */
  readonly #made = new Set<string>();
  /** How many works need a folder. */
  readonly #needed = new Map<string, number>();
  /** Seen to be there, and needed ever since: nobody here takes them away. */
  readonly #standing = new Set<string>();
  #lastTurn: Promise<void> = Promise.resolve();

  /**
   * Does the work in a folder, which is made where it is missing.
   *
   * @throws {@link SealdropError} FILE_FAILED where a file is in the way, FILE_ACCESS_DENIED, DISK_FULL,
   *   FILE_NAME_INVALID; and what the work throws. No folder that was made here is left empty then.
   */
  async holding<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
    this.#count(folder, 1);
    let isDone = false;
    try {
      if (!this.#standing.has(folder)) await this.#inTurn(() => this.#make(folder));
      this.#standing.add(folder);
      const result = await work();
      isDone = true;
      return result;
    } finally {
      this.#count(folder, -1);
      if (isDone) this.#forget(folder);
      else await this.#inTurn(() => this.#clearAway(folder));
    }
  }

  /** One after the other, so that no folder is taken away while another work finds it there. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(step);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  #count(folder: string, change: number): void {
    const count = (this.#needed.get(folder) ?? 0) + change;
    if (count > 0) {
      this.#needed.set(folder, count);
      return;
    }
    this.#needed.delete(folder);
    this.#standing.delete(folder);
  }

  async #make(folder: string): Promise<void> {
    try {
      if (await isFolder(folder)) return;
      if (dirname(folder) !== folder) await this.#make(dirname(folder));
      await mkdir(folder);
      this.#made.add(folder);
    } catch (error) {
      // Another work may have made it meanwhile.
      if (hasCode(error, 'EEXIST') && (await isFolder(folder))) return;
      throw hasCode(error, 'EEXIST') ? fileInTheWay(folder) : toFileError(error, folder);
    }
  }

  #forget(folder: string): void {
    if (this.#made.delete(folder)) this.#forget(dirname(folder));
  }

  async #clearAway(folder: string): Promise<void> {
    const mayGo = this.#made.has(folder) && !this.#isNeeded(folder);
    if (mayGo && !(await isTakenAway(folder))) return;
    if (mayGo) this.#made.delete(folder);
    // The folder itself may never have come to be, where those above it did.
    if (dirname(folder) !== folder) await this.#clearAway(dirname(folder));
  }

  #isNeeded(folder: string): boolean {
    return [...this.#needed.keys()].some((needed) => needed === folder || needed.startsWith(folder + sep));
  }
}

/** @throws {@link SealdropError} FILE_FAILED where something else is there. */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw toFileError(error, path);
  }
  throw fileInTheWay(path);
}

/** What holds something stays, and the error to tell of is the work's. */
async function isTakenAway(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
