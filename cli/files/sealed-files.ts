import { envelopeNames, SealdropError, type Metadata } from '../../envelope/index.ts';
import type {
  CopyingStore,
  CopyTarget,
  ListedObject,
  ObjectAddress,
  ObjectToWrite,
  StoredContent,
  StoredObject,
  Tags,
  WriteCondition,
} from '../../operations/object-store.ts';
import { takeName, withPartialFile } from '../../operations/verified-file.ts';
import { describedFile } from './described-file.ts';
import { fileContent } from './file-content.ts';
import { quoted, toFileError } from './file-errors.ts';
import {
  assertNoObjectAt,
  assertNothingAt,
  etagOf,
  fileState,
  fileStateIfThere,
  isFile,
  type FileState,
} from './file-state.ts';
import { pathAt } from './key-paths.ts';
import { listFiles } from './list-files.ts';
import { assertNoMetaKey, metaFileContent, metaPathOf, pathWithMeta, readMetaFile } from './meta-file.ts';
import { assertNotAborted } from './not-aborted.ts';
import { ParentFolders } from './parent-folders.ts';
import type { FilesOptions } from './plain-files.ts';
import { takeNames, type SealedPair } from './sealed-pair.ts';
import { writeContent } from './write-content.ts';

/** A ciphertext is nobody's secret. */
const ciphertextMode = 0o666;

/**
 * Sealed objects as files, two each: the object's bytes in `<name>`, its user metadata in `<name>.meta.json`.
 * Tags, headers and a checksum are not kept; the content type is guessed from the name. Files have no versions,
 * and the bucket of an address says nothing.
 */
export class SealedFiles implements CopyingStore {
  readonly #options: FilesOptions;
  readonly #folders = new ParentFolders();

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  /**
   * A file without a meta file beside it has no metadata: it is not sealed.
   *
   * @throws {@link SealdropError} OBJECT_NOT_FOUND, ENVELOPE_MALFORMED where the meta file is none,
   *   FILE_NAME_INVALID, FILE_ACCESS_DENIED, FILE_FAILED, ABORTED.
   */
  async head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject> {
    assertNotAborted(signal);
    const path = pathAt(this.#options.paths, address);
    return this.#describe(address, path, await fileState(path));
  }

  /**
   * @throws {@link SealdropError} as {@link head}; FILE_CHANGED while the content is read, where the file is
   *   not what it was.
   */
  async get(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent> {
    assertNotAborted(signal);
    const path = pathAt(this.#options.paths, address);
    const { state, content } = await fileContent(path, signal);
    return { object: await this.#describe(address, path, state), content };
  }

  /** None: files have no tags. */
  tags(): Promise<Tags> {
    return Promise.resolve({});
  }

  /**
   * Leaves out the meta files that have their file beside them.
   *
   * @throws {@link SealdropError} as {@link listFiles}.
   */
  async *list(_bucket: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ListedObject> {
    const { paths } = this.#options;
    for await (const listed of listFiles(paths, prefix, this.#options, signal)) {
      const described = pathWithMeta(paths.pathOf(listed.key));
      if (described === undefined || !(await isFile(described))) yield listed;
    }
  }

  /**
   * Writes both files, which come to be when all of the content has arrived, and makes the folders that are
   * missing. What {@link PlainFiles.write} says of links and of other programs goes for these, too.
   *
   * @throws {@link SealdropError} RESERVED_NAME for a key that a meta file could have; OBJECT_CHANGED where a file
   *   is there that should not be, or what is to be replaced is not what it was; OUTPUT_EXISTS where the
   *   metadata's place is taken, or a link leads to no file; and what {@link writeContent} throws. Nothing is
   *   left then, or the earlier two files.
   */
  async write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress> {
    const { bucket, key, condition, metadata } = object;
    assertNoMetaKey(key);
    const path = this.#options.paths.pathOf(key);
    const names = pairAt(path);
    const mode = ciphertextMode;
    const assertHolds = () => assertPairHolds(names, condition);
    const isReplacing = 'etag' in condition;
    const name = (content: string) =>
      withPartialFile(names.meta, metaFileContent(metadata), { mode }, async (meta) => {
        await assertHolds();
        await takeNames({ content, meta }, names, isReplacing).catch(async (error: unknown) => {
          // Names that are to be new are taken only if they are; what came in between says more than the system.
          if (!isReplacing) await assertHolds();
          throw error;
        });
      });
    await writeContent(object, { path, mode, folders: this.#folders, assertHolds, name }, signal);
    return { bucket, key };
  }

  /**
   * Gives a sealed file other metadata in its place: its meta file alone is written, and the content stays.
   *
   * @throws {@link SealdropError} COPY_UNSUPPORTED for another key; OBJECT_CHANGED where either file is not what
   *   it was; OUTPUT_EXISTS, FILE_ACCESS_DENIED, FILE_FAILED, DISK_FULL, ABORTED. Both files are as they were then.
   */
  async copy(object: StoredObject, target: CopyTarget, signal?: AbortSignal): Promise<ObjectAddress> {
    assertNotAborted(signal);
    const { bucket, key } = target.address;
    assertInPlace(object, key);
    const names = pairAt(pathAt(this.#options.paths, object.address));
    const content = metaFileContent(target.metadata);
    try {
      await withPartialFile(names.meta, content, { mode: ciphertextMode }, async (meta) => {
        await assertPairHolds(names, { etag: object.etag });
        await assertPairHolds(names, target.condition);
        await takeName(meta, names.meta, true);
      });
    } catch (error) {
      throw toFileError(error, names.meta);
    }
    return { bucket, key };
  }

  async #describe(address: ObjectAddress, path: string, state: FileState): Promise<StoredObject> {
    const meta = await readMetaFile(metaPathOf(path));
    const object = describedFile(address, path, state);
    return { ...object, etag: etagOf(state, meta), metadata: meta?.metadata ?? {} };
  }
}

function pairAt(content: string): SealedPair {
  return { content, meta: metaPathOf(content) };
}

/** @throws {@link SealdropError} COPY_UNSUPPORTED */
function assertInPlace({ address }: StoredObject, key: string): void {
  if (key === address.key) return;
  throw new SealdropError('COPY_UNSUPPORTED', 'a local sealed file is not copied to another name', {
    fields: { from: address.key, to: key },
  });
}

const clash = 'move it away: the metadata of the sealed file beside it goes there';

/** Whether it can be a sealed object's or an instruction file's, and is not the user's own. */
function isEnvelope(metadata: Metadata): boolean {
  return Object.keys(metadata).some((name) => envelopeNames.includes(name));
}

async function assertPairHolds({ content, meta }: SealedPair, condition: WriteCondition): Promise<void> {
  if ('absent' in condition) {
    await assertNoObjectAt(content);
    await assertNothingAt(meta, clash);
    return;
  }
  const [state, metaState] = [await fileStateIfThere(content), await fileStateIfThere(meta)];
  if (state !== undefined && etagOf(state, metaState) === condition.etag) {
    const standing = await readMetaFile(meta);
    if (standing !== undefined && !isEnvelope(standing.metadata)) await assertNothingAt(meta, clash);
    return;
  }
  throw new SealdropError('OBJECT_CHANGED', `the sealed file ${quoted(content)} is not what it was`, {
    fields: { path: content },
  });
}
