import { SealdropError } from '../../envelope/index.ts';
import type {
  ListedObject,
  ObjectAddress,
  ObjectToWrite,
  StoredContent,
  StoredObject,
  Tags,
  WritableStore,
  WriteCondition,
} from '../../operations/object-store.ts';
import { takeName } from '../../operations/verified-file.ts';
import { describedFile } from './described-file.ts';
import { fileContent } from './file-content.ts';
import { quoted } from './file-errors.ts';
import { assertNoObjectAt, etagOf, fileState, fileStateIfThere } from './file-state.ts';
import { pathAt, type KeyPaths } from './key-paths.ts';
import { listFiles, type ListFilesOptions } from './list-files.ts';
import { assertNotAborted } from './not-aborted.ts';
import { ParentFolders } from './parent-folders.ts';
import { writeContent } from './write-content.ts';

/** A plaintext is its owner's alone. */
const plaintextMode = 0o600;

/** Where a store of files is, and how it is listed. */
export interface FilesOptions extends ListFilesOptions {
  readonly paths: KeyPaths;
}

/**
 * The user's own files as a store, one object each. A file keeps an object's content and, where it is told one,
 * its time of change; it keeps no metadata, tags or headers, and no checksum. Its content type is guessed from
 * its name. Files have no versions, and the bucket of an address says nothing.
 */
export class PlainFiles implements WritableStore {
  readonly #options: FilesOptions;
  readonly #folders = new ParentFolders();

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  /** @throws {@link SealdropError} OBJECT_NOT_FOUND, FILE_NAME_INVALID, FILE_ACCESS_DENIED, FILE_FAILED, ABORTED. */
  async head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject> {
    assertNotAborted(signal);
    const path = pathAt(this.#options.paths, address);
    return describedFile(address, path, await fileState(path));
  }

  /**
   * @throws {@link SealdropError} as {@link head}; FILE_CHANGED while the content is read, where the file is
   *   not what it was.
   */
  async get(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent> {
    assertNotAborted(signal);
    const path = pathAt(this.#options.paths, address);
    const { state, content } = await fileContent(path, signal);
    return { object: describedFile(address, path, state), content };
  }

  /** None: files have no tags. */
  tags(): Promise<Tags> {
    return Promise.resolve({});
  }

  /** @throws {@link SealdropError} as {@link listFiles}. */
  list(_bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject> {
    return listFiles(this.#options.paths, prefix, this.#options, signal);
  }

  /**
   * Writes the content to a file that comes to be when all of it has arrived, and makes the folders that are
   * missing. A symbolic link is replaced, not what it leads to. Between the last look at a file that is to be
   * replaced and its replacement, a write of another program goes unseen.
   *
   * @throws {@link SealdropError} OBJECT_CHANGED where a file is there that should not be, or the one to replace is
   *   not what it was; OUTPUT_EXISTS for a link that leads to no file; and what {@link writeContent} throws.
   *   Neither a file nor a new folder is left then.
   */
  async write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress> {
    const { bucket, key, condition } = object;
    const path = this.#options.paths.pathOf(key);
    const assertHolds = () => assertFileHolds(path, condition);
    const isReplacing = 'etag' in condition;
    const name = async (partial: string) => {
      if (isReplacing) await assertHolds();
      await takeName(partial, path, isReplacing).catch(async (error: unknown) => {
        // A name that is to be new is taken only if it is; what came in between says more than the system.
        await assertHolds();
        throw error;
      });
    };
    const destination = { path, mode: plaintextMode, folders: this.#folders, assertHolds, name };
    await writeContent(object, destination, signal);
    return { bucket, key };
  }
}

async function assertFileHolds(path: string, condition: WriteCondition): Promise<void> {
  if ('absent' in condition) {
    await assertNoObjectAt(path);
    return;
  }
  const state = await fileStateIfThere(path);
  if (state !== undefined && etagOf(state) === condition.etag) return;
  throw new SealdropError('OBJECT_CHANGED', `the file ${quoted(path)} is not what it was`, {
    fields: { path },
  });
}
