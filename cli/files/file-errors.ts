import { printableJson } from '../printable.ts';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';

interface Reading {
  readonly code: SealdropErrorCode;
  /** What is wrong; the path is told after it. */
  readonly what: string;
  /** Where it fits better than the code's own. */
  readonly hint?: string;
}

const folderInTheWayReading: Reading = {
  code: 'FILE_FAILED',
  what: 'a folder stands in the place of the file',
  hint: 'name another place, or move the folder away',
};

const fileInTheWayReading: Reading = {
  code: 'FILE_FAILED',
  what: 'a file stands in the place of a folder',
  hint: 'name another place, or move the file away',
};

const alreadyThereReading: Reading = { code: 'OUTPUT_EXISTS', what: 'there is already' };

const tooManyOpenReading: Reading = {
  code: 'FILE_FAILED',
  what: 'too many files are open:',
  hint: 'work on fewer objects at a time (--concurrency), or raise the limit of open files (ulimit -n)',
};

/** What the file system's error codes mean to a user. */
const readings = new Map<string, Reading>(
  Object.entries({
    ENOENT: { code: 'FILE_NOT_FOUND', what: 'there is no file or folder' },
    EACCES: { code: 'FILE_ACCESS_DENIED', what: 'no permission for' },
    EPERM: { code: 'FILE_ACCESS_DENIED', what: 'the system does not permit the work on' },
    EROFS: {
      code: 'FILE_ACCESS_DENIED',
      what: 'the file system is read-only:',
      hint: 'name a place on another file system',
    },
    ENOSPC: { code: 'DISK_FULL', what: 'no space is left for' },
    EDQUOT: { code: 'DISK_FULL', what: 'the quota of disk space is used up for' },
    EFBIG: {
      code: 'DISK_FULL',
      what: 'the file system takes no file so long as',
      hint: 'name a place on a file system for longer files, or raise the limit (ulimit -f)',
    },
    EEXIST: alreadyThereReading,
    EISDIR: folderInTheWayReading,
    ENOTDIR: { ...fileInTheWayReading, what: 'a file stands in the place of a folder in the path' },
    ELOOP: {
      code: 'FILE_FAILED',
      what: 'symbolic links go round in a circle at',
      hint: 'name the file itself, or mend the links',
    },
    EMFILE: tooManyOpenReading,
    ENFILE: tooManyOpenReading,
    ENAMETOOLONG: {
      code: 'FILE_NAME_INVALID',
      what: 'the file system takes no name so long as',
      hint: 'open the object by itself and name a file with a shorter name',
    },
  }),
);

/**
 * Tells a user what a file could not be read or written for.
 *
 * @param error - what was thrown; a {@link SealdropError} is returned as it is
 * @param path - the file or folder that the work was about
 * @returns FILE_NOT_FOUND, FILE_ACCESS_DENIED, DISK_FULL, OUTPUT_EXISTS or FILE_NAME_INVALID, and FILE_FAILED
 *   for whatever else it is
 */
export function toFileError(error: unknown, path: string): SealdropError {
  if (error instanceof SealdropError) return error;
  const code = codeOf(error);
  const reading = code === undefined ? undefined : readings.get(code);
  if (reading !== undefined) return fileError(reading, path, error);
  return fileError({ code: 'FILE_FAILED', what: `the system failed${named(code)} at` }, path, error);
}

/** The error for a folder that stands where a file is looked for or should go. */
export function folderInTheWay(path: string): SealdropError {
  return fileError(folderInTheWayReading, path);
}

/** The error for a file that stands where a folder is looked for or should go. */
export function fileInTheWay(path: string): SealdropError {
  return fileError(fileInTheWayReading, path);
}

/** The error for what is where nothing should be. */
export function somethingAt(path: string, hint?: string): SealdropError {
  return fileError(hint === undefined ? alreadyThereReading : { ...alreadyThereReading, hint }, path);
}

/** The error for a file that came to be where none was. */
export function fileCameToBe(path: string): SealdropError {
  return fileError({ ...alreadyThereReading, code: 'OBJECT_CHANGED' }, path);
}

/** The error for a socket, a pipe or a device. */
export function notARegularFile(path: string): SealdropError {
  const what = 'neither a file nor a folder, but a pipe, a socket or a device:';
  return fileError({ code: 'FILE_FAILED', what, hint: 'name a file; "-" is standard input' }, path);
}

/** The error for a file that is not there. */
export function noFileAt(path: string): SealdropError {
  return new SealdropError('OBJECT_NOT_FOUND', `there is no file ${quoted(path)}`, {
    fields: { path },
    hint: 'check the path',
  });
}

/** The error for a file that another program has written to meanwhile. */
export function changed(path: string): SealdropError {
  return new SealdropError('FILE_CHANGED', `the file ${quoted(path)} is not what it was before it was read`, {
    fields: { path },
  });
}

/** Whether an error is the file system's, with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = codeOf(error);
  return code !== undefined && codes.includes(code);
}

/** A path in a message: in quotation marks, control characters escaped. */
export function quoted(path: string): string {
  return printableJson(path);
}

function fileError({ code, what, hint }: Reading, path: string, cause?: unknown): SealdropError {
  return new SealdropError(code, `${what} ${quoted(path)}`, {
    cause,
    fields: { path },
    ...(hint === undefined ? {} : { hint }),
  });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function named(code: string | undefined): string {
  return code === undefined ? '' : ` (${code})`;
}
