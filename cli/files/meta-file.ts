import { readFile } from 'node:fs/promises';
import { SealdropError, type Metadata } from '../../envelope/index.ts';
import { parseStringMap } from '../../envelope/string-map.ts';
import { quoted, toFileError } from './file-errors.ts';
import { fileStateIfThere } from './file-state.ts';

const suffix = '.meta.json';

/** Far beyond the 2 KiB that S3 keeps. */
const maxMetaFileBytes = 64 * 1024;

/** What a meta file says, and in which state it was. */
export interface MetaFile {
  readonly metadata: Metadata;
  readonly revision: string;
}

/** The path of the file that holds the metadata of the sealed file at `path`. */
export function metaPathOf(path: string): string {
  return path + suffix;
}

/** The path of the file whose metadata a file would hold, or nothing where its name says that it holds none. */
export function pathWithMeta(metaPath: string): string | undefined {
  return metaPath.endsWith(suffix) ? metaPath.slice(0, -suffix.length) : undefined;
}

/** @throws {@link SealdropError} RESERVED_NAME for a key whose file could be taken for another's meta file. */
export function assertNoMetaKey(key: string): void {
  if (!key.endsWith(suffix)) return;
  throw new SealdropError('RESERVED_NAME', `the key ${quoted(key)} must not end in "${suffix}"`, {
    fields: { key },
    hint: `choose another name: a file that ends in "${suffix}" holds the metadata of the sealed file beside it`,
  });
}

/**
 * Reads a meta file: the user metadata of an object as a flat JSON object of strings.
 *
 * @returns nothing where there is no such file
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where it is something else or over 64 KiB,
 *   FILE_ACCESS_DENIED, FILE_FAILED.
 */
export async function readMetaFile(metaPath: string): Promise<MetaFile | undefined> {
  const state = await fileStateIfThere(metaPath);
  if (state === undefined) return undefined;
  if (state.lengthBytes > maxMetaFileBytes) {
    throw new SealdropError('ENVELOPE_MALFORMED', `${quoted(metaPath)} is too long for metadata`, {
      fields: { path: metaPath, lengthBytes: state.lengthBytes, maxMetaFileBytes },
    });
  }
  const json = await textOf(metaPath);
  return { metadata: parseStringMap(json, quoted(metaPath)), revision: state.revision };
}

/** The content of a meta file, fit for `aws s3api put-object --metadata file://…`. */
export async function* metaFileContent(metadata: Metadata): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(`${JSON.stringify(metadata, undefined, 2)}\n`));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw toFileError(error, path);
  }
}
