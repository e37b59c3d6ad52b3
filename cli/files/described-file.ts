import { hostname } from 'node:os';
import { extname, resolve } from 'node:path';
import mime from 'mime';
import type { ObjectAddress, StoredObject } from '../../operations/object-store.ts';
import { etagOf, type FileState } from './file-state.ts';

/** A file in a certain state as an object; its content type is guessed from its name. */
export function describedFile({ bucket, key }: ObjectAddress, path: string, state: FileState): StoredObject {
  const contentType = mime.getType(extname(path));
  return {
    address: { bucket, key },
    etag: etagOf(state),
    lengthBytes: state.lengthBytes,
    metadata: {},
    headers: contentType === null ? {} : { contentType },
    tagCount: 0,
    lastModified: state.modified,
    state: { place: `file://${hostname()}${resolve(path)}`, revision: state.times },
  };
}
