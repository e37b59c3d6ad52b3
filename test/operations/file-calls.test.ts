import { constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { patternBytes } from '../support/bytes.ts';

/** Whether calls are made at once. */
let isQuick = true;

jest.unstable_mockModule('../../operations/disk-pace.ts', () => ({
  DiskPace: class {
    async call<Result>(atOnce: () => Result, elsewhere: () => Promise<Result>): Promise<Result> {
      return isQuick ? atOnce() : elsewhere();
    }
  },
}));
const { closeFile, linkFile, openFile, readFromFile, renameFile, unlinkFile, writeToFile } =
  await import('../../operations/file-calls.ts');

let folder = '';
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-calls-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const smallBytes = 256 * 1024;

describe.each([
  ['at once', true],
  ['over another thread', false],
])('calls of the file system, made %s', (_, quick) => {
  beforeEach(() => {
    isQuick = quick;
  });

  test.each([0, 1, smallBytes, smallBytes + 1])('write and read %i bytes', async (lengthBytes) => {
    const written = await openFile(at('a'), 'wx', 0o640);
    await writeToFile(written, patternBytes(lengthBytes));
    await writeToFile(written, Buffer.from('!'));
    await closeFile(written);
    expect(statSync(at('a')).mode & 0o777).toBe(0o640);
    expect(readFileSync(at('a')).equals(Buffer.concat([patternBytes(lengthBytes), Buffer.from('!')]))).toBe(
      true,
    );

    const read = await openFile(at('a'), constants.O_RDONLY);
    const bytes = Buffer.alloc(lengthBytes + 2);
    expect(await readFromFile(read, bytes, 0)).toBe(lengthBytes + 1);
    expect(await readFromFile(read, bytes, lengthBytes)).toBe(1);
    expect(bytes[0]).toBe('!'.charCodeAt(0));
    await closeFile(read);
  });

  test('link, rename and unlink', async () => {
    writeFileSync(at('a'), 'content');
    await linkFile(at('a'), at('b'));
    await renameFile(at('b'), at('c'));
    await unlinkFile(at('a'));
    expect(['a', 'b', 'c'].map((name) => existsSync(at(name)))).toEqual([false, false, true]);
    expect(readFileSync(at('c'), 'utf8')).toBe('content');
  });

  test("end in the file system's own errors", async () => {
    writeFileSync(at('a'), '');
    const closed = await openFile(at('a'), 'r');
    await closeFile(closed);
    const failing: [string, Promise<unknown>][] = [
      ['EEXIST', openFile(at('a'), 'wx')],
      ['EEXIST', linkFile(at('a'), at('a'))],
      ['ENOENT', renameFile(at('none'), at('b'))],
      ['ENOENT', unlinkFile(at('none'))],
      ['EBADF', closeFile(closed)],
      ['EBADF', readFromFile(closed, Buffer.alloc(1), 0)],
      ['EBADF', writeToFile(closed, Buffer.alloc(1))],
    ];
    for (const [code, work] of failing) await expect(work).rejects.toMatchObject({ code });
  });
});
