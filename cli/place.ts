import { UsageError } from './usage-error.ts';

/** Where something is read from or written to, as it was typed. */
export type Place =
  | { readonly kind: 'stream' }
  /** A file, or with `isTree` everything below a folder. */
  | { readonly kind: 'file'; readonly path: string; readonly isTree: boolean }
  /** An object, or with `isTree` everything whose key begins with `key`, which may then be empty. */
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly isTree: boolean };

/**
 * Reads a place: `-` for a standard stream, `s3://bucket/key` with the key as it is, or a local path. A
 * trailing `/` means everything below.
 *
 * @throws {@link UsageError}
 */
export function parsePlace(text: string): Place {
  if (text === '') throw new UsageError('a place is empty', 'name a local path, "-", or s3://bucket/key');
  if (text === '-') return { kind: 'stream' };
  if (text.startsWith('s3://')) return parseS3(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new UsageError(`"${text}" is not a place`, 'name a local path, "-", or s3://bucket/key');
  }
  return { kind: 'file', path: text, isTree: text.endsWith('/') };
}

/** The place as one types it. */
export function showPlace(place: Place): string {
  if (place.kind === 'stream') return '-';
  return place.kind === 'file' ? place.path : `s3://${place.bucket}/${place.key}`;
}

function parseS3(text: string): Place {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  if (bucket === '') throw new UsageError(`"${text}" names no bucket`, 'write s3://bucket/key');
  return { kind: 's3', bucket, key, isTree: key === '' || key.endsWith('/') };
}
