import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as calls from '../../operations/file-calls.ts';
import { inChunks, patternBytes } from '../support/bytes.ts';

/** What the file system answers when it is asked for a link. */
let answer = 'EPERM';
/** Comes in between the look whether the name is free and the rename. */
let meanwhile = (): void => undefined;

// A file system without links, as FAT is one.
jest.unstable_mockModule('../../operations/file-calls.ts', () => ({
  ...calls,
  linkFile: () => Promise.reject(Object.assign(new Error(answer), { code: answer })),
  renameFile: async (from: string, to: string) => {
    meanwhile();
    await calls.renameFile(from, to);
  },
}));
const { writeVerifiedFile } = await import('../../operations/verified-file.ts');

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-verified-'));
  path = join(folder, 'out');
  answer = 'EPERM';
  meanwhile = () => undefined;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a verified file on a file system without links', () => {
  test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('comes to be where it says %s', async (code) => {
    answer = code;
    await expect(writeVerifiedFile(path, inChunks(patternBytes(10)), false)).resolves.toBe(10);
    expect(readFileSync(path).equals(patternBytes(10))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('does not replace what is there', async () => {
    writeFileSync(path, 'precious');
    const writing = writeVerifiedFile(path, inChunks(patternBytes(10)), false);
    await expect(writing).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('leaves nothing where it cannot take its name in the end', async () => {
    meanwhile = () => {
      throw new Error('no rename');
    };
    await expect(writeVerifiedFile(path, inChunks(patternBytes(10)), false)).rejects.toThrow('no rename');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is not made another way where the system says something else', async () => {
    answer = 'EIO';
    await expect(writeVerifiedFile(path, inChunks(patternBytes(10)), false)).rejects.toMatchObject({
      code: 'EIO',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
