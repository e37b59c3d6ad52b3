import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { opendir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { LocalError } from './local-error.ts';

/** A local file, and the version that it became in the intake bucket. */
export interface DroppedFile {
  readonly path: string;
  readonly key: string;
  readonly versionId: string;
  readonly lengthBytes: number;
  /** Of the local file, computed while it was dropped. */
  readonly sha256: string;
  /** When it was wholly in the intake bucket, in milliseconds. */
  readonly droppedAt: number;
}

/** Files up to here are dropped in one request. */
const smallFileBytes = 8 * 1024 * 1024;

/** The SHA-256 of a file, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * The regular files below a folder, in the order of their names; links are passed over.
 *
 * @throws {@link LocalError} where there is no such folder, or no file in it.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isFile() === true) return [folder];
  if (found?.isDirectory() !== true) {
    throw new LocalError(`there is no folder ${folder}`, 'name a folder, or a file, that is there');
  }
  const paths: string[] = [];
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (entry.isFile()) paths.push(join(entry.parentPath, entry.name));
  }
  if (paths.length === 0)
    throw new LocalError(`there is no file in ${folder}`, 'name a folder with files in it');
  return paths.sort();
}

/** Drops one file in the intake bucket, as any S3 client would. */
export async function dropFile(
  s3: S3Client,
  intakeBucket: string,
  folder: string,
  path: string,
): Promise<DroppedFile> {
  // A folder that is itself a file is dropped under its own name.
  const name = path === folder ? basename(path) : relative(folder, path);
  const key = name.split(sep).join('/');
  const { size } = await stat(path);
  const sha256 = await sha256OfFile(path);
  const target = { Bucket: intakeBucket, Key: key };
  const { VersionId: versionId } =
    size <= smallFileBytes
      ? await s3.send(new PutObjectCommand({ ...target, Body: await readFile(path) }))
      : await new Upload({ client: s3, params: { ...target, Body: createReadStream(path) } }).done();
  if (versionId === undefined) throw new Error(`the intake bucket ${intakeBucket} is not versioned`);
  return { path, key, versionId, lengthBytes: size, sha256, droppedAt: Date.now() };
}
