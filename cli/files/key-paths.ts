import { posix, win32 } from 'node:path';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { quoted } from './file-errors.ts';

/** The keys of all files below a folder: a prefix, then the path below the folder. */
export interface HeldTree {
  readonly root: string;
  readonly keyPrefix: string;
}

/** Which file holds which object. */
export interface KeyPaths {
  /** The keys that this place has. */
  readonly held: HeldTree | { readonly onlyKey: string };

  /**
   * The path of the file for a key.
   *
   * @throws {@link SealdropError} FILE_NAME_INVALID where no file of this place can have that key.
   */
  pathOf(key: string): string;
}

/** What file systems take for one name, in bytes of UTF-8. */
const maxNameBytes = 255;

/** What Windows refuses in a name, or drops from its end: also a backslash and the colon of a drive. */
const windowsUnfit = /[<>:"|?*\\\p{Cc}]|[. ]$/u;

/** What Windows takes for a device, whatever ending it has. */
const windowsDevice = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i;

/**
 * A folder and all below it: the key of a file is the prefix, then its path below the folder with `/` between
 * the names. A key is refused where its file would be outside the folder, or would be listed under another key.
 *
 * @param root - the folder
 * @param keyPrefix - what all keys begin with; may be empty
 * @param platform - whose rules for names hold
 */
export function treePaths(
  root: string,
  keyPrefix: string,
  platform: NodeJS.Platform = process.platform,
): KeyPaths {
  const rules = platform === 'win32' ? win32 : posix;
  return {
    held: { root, keyPrefix },
    pathOf: (key) => {
      if (!key.startsWith(keyPrefix)) throw invalid(key, `it does not begin with ${quoted(keyPrefix)}`);
      const names = key.slice(keyPrefix.length).split('/');
      for (const name of names) {
        const fault = faultOf(name, platform);
        if (fault !== undefined) throw invalid(key, fault);
      }
      return rules.join(root, ...names);
    },
  };
}

/** One file, which holds one object; what belongs to the object stands beside it, under the same name and more. */
export function singlePath(onlyKey: string, path: string): KeyPaths {
  return {
    held: { onlyKey },
    pathOf: (key) => {
      const more = key.startsWith(onlyKey) ? key.slice(onlyKey.length) : '/';
      if (/[/\\\0]/.test(more)) throw invalid(key, `the file is for ${quoted(onlyKey)} alone`);
      return path + more;
    },
  };
}

/**
 * The path of the file at an address.
 *
 * @throws {@link SealdropError} OBJECT_NOT_FOUND where a version is asked for, and what {@link KeyPaths.pathOf}
 *   throws.
 */
export function pathAt(paths: KeyPaths, { key, versionId }: ObjectAddress): string {
  if (versionId === undefined) return paths.pathOf(key);
  throw new SealdropError('OBJECT_NOT_FOUND', 'files have no versions', {
    fields: { key, versionId },
    hint: 'leave out the version',
  });
}

/** What keeps a part of a key from being a file's name, or nothing. */
function faultOf(name: string, platform: NodeJS.Platform): string | undefined {
  if (name === '') return 'a part of it between slashes is empty';
  if (name === '.' || name === '..') return `${quoted(name)} stands for a folder`;
  if (name.includes('\0')) return 'it holds a NUL';
  if (!name.isWellFormed()) return 'it is not valid Unicode';
  if (Buffer.byteLength(name) > maxNameBytes) return `a part of it is longer than ${maxNameBytes} bytes`;
  if (platform === 'win32' && (windowsUnfit.test(name) || windowsDevice.test(name))) {
    return `Windows takes no file of the name ${quoted(name)}`;
  }
  return undefined;
}

function invalid(key: string, why: string): SealdropError {
  return new SealdropError('FILE_NAME_INVALID', `no file can be named after the key ${quoted(key)}: ${why}`, {
    fields: { key },
  });
}
