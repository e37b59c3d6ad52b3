import {
  close,
  closeSync,
  link,
  linkSync,
  open,
  openSync,
  read,
  readSync,
  rename,
  renameSync,
  unlink,
  unlinkSync,
  writeFile,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { DiskPace } from './disk-pace.ts';

// The calls that small files take, each made as the disk's pace allows.

/** What is read or written at once: more would take longer than to ask another thread. */
const smallBytes = 256 * 1024;

const disk = new DiskPace();

const openLater = promisify(open);
const readLater = promisify(read);
const writeLater = promisify(writeFile);
const closeLater = promisify(close);
const linkLater = promisify(link);
const renameLater = promisify(rename);
const unlinkLater = promisify(unlink);

/** @returns a file descriptor. @throws the file system's own errors. */
export function openFile(path: string, flags: number | string, mode?: number): Promise<number> {
  return disk.call(
    () => openSync(path, flags, mode),
    () => openLater(path, flags, mode),
  );
}

/** Reads into the whole of `bytes`. @returns how many bytes there were. @throws the file system's own errors. */
export async function readFromFile(file: number, bytes: Buffer, position: number): Promise<number> {
  const later = async (): Promise<number> =>
    (await readLater(file, bytes, 0, bytes.length, position)).bytesRead;
  if (bytes.length > smallBytes) return later();
  return disk.call(() => readSync(file, bytes, 0, bytes.length, position), later);
}

/** Writes all of `bytes` where the file stands. @throws the file system's own errors. */
export function writeToFile(file: number, bytes: Uint8Array): Promise<void> {
  const later = (): Promise<void> => writeLater(file, bytes);
  if (bytes.length > smallBytes) return later();
  return disk.call(() => {
    writeFileSync(file, bytes);
  }, later);
}

/** @throws the file system's own errors. */
export function closeFile(file: number): Promise<void> {
  return disk.call(
    () => {
      closeSync(file);
    },
    () => closeLater(file),
  );
}

/** Gives a file a second name. @throws the file system's own errors: `EEXIST` where the name is taken. */
export function linkFile(path: string, name: string): Promise<void> {
  return disk.call(
    () => {
      linkSync(path, name);
    },
    () => linkLater(path, name),
  );
}

/** Moves a file in the place of another. @throws the file system's own errors. */
export function renameFile(path: string, name: string): Promise<void> {
  return disk.call(
    () => {
      renameSync(path, name);
    },
    () => renameLater(path, name),
  );
}

/** @throws the file system's own errors. */
export function unlinkFile(path: string): Promise<void> {
  return disk.call(
    () => {
      unlinkSync(path);
    },
    () => unlinkLater(path),
  );
}
