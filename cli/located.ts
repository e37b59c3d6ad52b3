import { basename } from 'node:path';
import { createS3Client, S3ObjectStore } from '../aws/index.ts';
import { defaultInstructionFileSuffix, type SealdropError } from '../envelope/index.ts';
import type { CopyingStore, ObjectStore, WritableStore } from '../operations/object-store.ts';
import { singlePath, treePaths, type KeyPaths } from './files/key-paths.ts';
import { metaPathOf } from './files/meta-file.ts';
import { PlainFiles } from './files/plain-files.ts';
import { SealedFiles } from './files/sealed-files.ts';
import { showPlace, type Place } from './place.ts';
import { UsageError } from './usage-error.ts';

/** A place, and the store that holds what is there. */
export interface Located<Store extends WritableStore = WritableStore> {
  readonly store: Store;
  /** Empty for files. */
  readonly bucket: string;
  /** The key of the object, or with `isTree` what all keys begin with. */
  readonly key: string;
  readonly isTree: boolean;
  /** Where an object is, as one types it. */
  readonly show: (key: string) => string;
  /** Whether an object is one to work on, below a tree: instruction files go with their objects. */
  readonly holds: (key: string) => boolean;
  /** What an object is kept under: its key, and those of what belongs to it, whether it has that or not. */
  readonly names: (key: string) => readonly string[];
}

/** What reaches S3 for a place. */
export type PlaceClient = ReturnType<typeof createS3Client>;

/** How places are reached. */
export interface LocateOptions {
  /** @defaultValue one of its own */
  readonly client?: PlaceClient;
  readonly region?: string;
  readonly partSizeBytes?: number;
  /** The key that a local sealed file has, or below a tree begins with, as its encryption context knows it. */
  readonly objectKey?: string;
  /** @defaultValue `.instruction` */
  readonly instructionFileSuffix?: string;
  /** Whether a folder that is not there is an empty one: a destination. */
  readonly mayBeMissing?: boolean;
  readonly followSymlinks?: boolean;
  /** Told what below a folder cannot be read. */
  readonly onPassedOver?: (path: string, error: SealdropError) => void;
}

/** The place of plaintexts, whose names are their keys: an object key is none of theirs. */
export function locatePlain(place: Place, { objectKey: _, ...options }: LocateOptions): Located {
  const located = locate(place, options, basename, (paths) => new PlainFiles({ paths, ...options }));
  return { ...located, holds: () => true, names: (key) => [key] };
}

/**
 * The place of sealed objects.
 *
 * @throws {@link UsageError} for an object key of its own in S3, where objects have theirs.
 */
export function locateSealed(place: Place, options: LocateOptions): Located<CopyingStore> {
  const { objectKey } = options;
  if (objectKey !== undefined && place.kind === 's3') {
    throw new UsageError(
      '--object-key is for local sealed files',
      'leave it out: objects in S3 have their keys',
    );
  }
  const keyOf = (path: string): string => objectKey ?? basename(path);
  const located = locate(place, options, keyOf, (paths) => new SealedFiles({ paths, ...options }));
  const suffix = options.instructionFileSuffix ?? defaultInstructionFileSuffix;
  const files = (key: string): string[] => (place.kind === 's3' ? [key] : [key, metaPathOf(key)]);
  return {
    ...located,
    holds: (key) => !key.endsWith(suffix) && !key.endsWith(defaultInstructionFileSuffix),
    names: (key) => [...files(key), ...files(key + suffix)],
  };
}

/**
 * The place of sealed objects in S3, where they have versions and can be moved.
 *
 * @throws {@link UsageError} with the hint, for a place elsewhere.
 */
export function locateInBucket(
  place: Place,
  { hint, ...options }: LocateOptions & { readonly hint: string },
): Located<ObjectStore> {
  if (place.kind === 's3') return { ...locateSealed(place, options), store: storeInS3(place, options) };
  throw new UsageError(`"${showPlace(place)}" is not in S3`, hint);
}

function locate<FileStore extends WritableStore>(
  place: Place,
  options: LocateOptions,
  keyOf: (path: string) => string,
  files: (paths: KeyPaths) => FileStore,
): Omit<Located<FileStore | ObjectStore>, 'holds' | 'names'> {
  if (place.kind === 's3') return locateInS3(place, options);
  if (place.kind === 'stream') {
    throw new UsageError('"-" cannot stand here', 'name a local path, or s3://bucket/key');
  }
  const { path, isTree } = place;
  if (isTree && options.objectKey?.endsWith('/') === false) {
    throw new UsageError('below a tree, --object-key is what keys begin with', 'end it with "/"');
  }
  const key = isTree ? (options.objectKey ?? '') : keyOf(path);
  const paths = isTree ? treePaths(path, key) : singlePath(key, path);
  return { store: files(paths), bucket: '', key, isTree, show: (each) => path + each.slice(key.length) };
}

function locateInS3(
  place: Place & { kind: 's3' },
  options: LocateOptions,
): Omit<Located<ObjectStore>, 'holds' | 'names'> {
  const { bucket, key, isTree } = place;
  const show = (each: string): string => `s3://${bucket}/${each}`;
  return { store: storeInS3(place, options), bucket, key, isTree, show };
}

function storeInS3(
  { isTree }: Place & { kind: 's3' },
  { client, region, partSizeBytes }: LocateOptions,
): ObjectStore {
  return new S3ObjectStore({
    client: client ?? placeClient(region),
    // One large object alone may fill the connection; of many, each takes its share.
    partsAtOnce: isTree ? 2 : 4,
    ...(partSizeBytes === undefined ? {} : { partSizeBytes }),
  });
}

/** A client for places in S3, in whatever Region their buckets are. */
export function placeClient(region?: string): PlaceClient {
  return createS3Client({ followRegionRedirects: true, ...(region === undefined ? {} : { region }) });
}
