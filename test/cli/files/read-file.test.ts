import { appendFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fileState } from '../../../cli/files/file-state.ts';
import { readFile } from '../../../cli/files/read-file.ts';
import { edgeLengths, failureOf, gather, patternBytes } from '../../support/bytes.ts';
import { allOf, lockedOut, Scene } from './scene.ts';

const scene = new Scene();
const mebibyte = 2 ** 20;

async function reader(path: string, signal?: AbortSignal): Promise<AsyncGenerator<Uint8Array>> {
  return readFile(path, await fileState(path), signal);
}

/** Reads a file of three mebibytes, and does something to it at a chunk. */
async function readWhile(act: (path: string) => void, atChunk = 1): Promise<number> {
  const path = scene.file('a', Buffer.alloc(3 * mebibyte, 'x'));
  const chunks: Uint8Array[] = [];
  const failure = await failureOf(async () => {
    for await (const chunk of await reader(path)) {
      chunks.push(chunk);
      if (chunks.length === atChunk) act(path);
    }
  });
  expect(failure).toMatchObject({
    code: 'FILE_CHANGED',
    message: `the file "${path}" is not what it was before it was read`,
    fields: { path },
  });
  expect(scene.openFiles()).toEqual([]);
  return chunks.length;
}

describe('a file that is read', () => {
  test.each([...edgeLengths, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 5])(
    'gives its %i bytes',
    async (lengthBytes) => {
      const path = scene.file('a', patternBytes(lengthBytes));
      const content = await gather(await reader(path));
      expect(content.equals(patternBytes(lengthBytes))).toBe(true);
      expect(scene.openFiles()).toEqual([]);
    },
  );

  test('gives chunks that are the reader’s own, of a mebibyte', async () => {
    const path = scene.file('a', patternBytes(2 * mebibyte + 10));
    const chunks = await allOf(await reader(path));
    expect(chunks.map(({ length }) => length)).toEqual([mebibyte, mebibyte, 10]);
    expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(3);
    expect(Buffer.concat(chunks).equals(patternBytes(2 * mebibyte + 10))).toBe(true);
  });

  test('is not open before anybody reads', async () => {
    const content = await reader(scene.file('a'));
    expect(scene.openFiles()).toEqual([]);
    await content.next();
    if (process.platform === 'linux') expect(scene.openFiles()).toEqual([scene.path('a')]);
    await content.return(undefined);
    expect(scene.openFiles()).toEqual([]);
  });

  test('is closed when the reader stops early', async () => {
    for await (const chunk of await reader(scene.file('a', Buffer.alloc(3 * mebibyte)))) {
      expect(chunk).toHaveLength(mebibyte);
      break;
    }
    expect(scene.openFiles()).toEqual([]);
  });

  test.each([0, 1, 2])('is closed when the work is stopped after %i chunks', async (count) => {
    const controller = new AbortController();
    const content = await reader(scene.file('a', Buffer.alloc(3 * mebibyte)), controller.signal);
    for (let chunk = 0; chunk < count; chunk += 1) await content.next();
    controller.abort();
    expect((await failureOf(() => content.next())).code).toBe('ABORTED');
    expect(scene.openFiles()).toEqual([]);
  });
});

describe('a file that changes', () => {
  test.each([
    [
      'grows',
      (path: string) => {
        appendFileSync(path, 'y');
      },
      2,
    ],
    [
      'is cut off',
      (path: string) => {
        truncateSync(path, mebibyte + 7);
      },
      2,
    ],
    [
      'is emptied',
      (path: string) => {
        truncateSync(path, 0);
      },
      1,
    ],
    [
      'is written anew, as long as before',
      (path: string) => {
        writeFileSync(path, Buffer.alloc(3 * mebibyte, 'y'));
      },
      2,
    ],
    [
      'is given another time',
      (path: string) => {
        utimesSync(path, 1, 1);
      },
      2,
    ],
  ])('while it is read is found out: it %s', async (_, act, chunks) => {
    expect(await readWhile(act)).toBe(chunks);
  });

  test('while it is read does not give its last chunk', async () => {
    const grow = (path: string): void => {
      appendFileSync(path, 'y');
    };
    expect(await readWhile(grow, 2)).toBe(2);
  });

  test('that only ever grows does not go on for ever', async () => {
    const path = scene.file('a', Buffer.alloc(mebibyte + 1));
    let count = 0;
    const failure = await failureOf(async () => {
      for await (const chunk of await reader(path)) {
        count += chunk.length;
        appendFileSync(path, Buffer.alloc(2 * mebibyte));
      }
    });
    expect([failure.code, count]).toEqual(['FILE_CHANGED', mebibyte]);
  });

  test.each([
    [
      'was written again',
      (path: string) => {
        writeFileSync(path, 'THE CONTENT OF A');
        utimesSync(path, 5, 5);
      },
    ],
    [
      'has gone',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'was replaced',
      (path: string) => {
        renameSync(scene.file('b', 'the content of b'), path);
      },
    ],
  ])('before it is read is found out: it %s', async (_, act) => {
    const path = scene.file('a');
    const content = await reader(path);
    act(path);
    expect((await failureOf(() => content.next())).code).toBe('FILE_CHANGED');
    expect(scene.openFiles()).toEqual([]);
  });

  test('is found out by its inode, where length and time are the same', async () => {
    const path = scene.file('a', 'one');
    const other = scene.file('b', 'two');
    for (const each of [path, other]) utimesSync(each, 7, 7);
    const content = await reader(path);
    renameSync(other, path);
    expect((await failureOf(() => content.next())).code).toBe('FILE_CHANGED');
  });

  test('is found out where it was empty', async () => {
    const path = scene.file('a', '');
    const content = await reader(path);
    appendFileSync(path, 'y');
    expect((await failureOf(() => content.next())).code).toBe('FILE_CHANGED');
  });

  test('is as it was for who opened it, where another took its name', async () => {
    const path = scene.file('a', Buffer.alloc(2 * mebibyte, 'x'));
    const content = await reader(path);
    await content.next();
    renameSync(scene.file('b'), path);
    expect((await content.next()).value).toHaveLength(mebibyte);
    expect((await content.next()).done).toBe(true);
  });
});

test('a file that may not be read says so', async () => {
  const path = scene.file('a');
  const state = await fileState(path);
  const failure = await lockedOut(path, () => failureOf(() => gather(readFile(path, state))));
  expect(failure).toMatchObject({ code: 'FILE_ACCESS_DENIED', message: `no permission for "${path}"` });
});

test('what has become a folder is no file', async () => {
  const path = scene.file('a');
  const content = await reader(path);
  rmSync(path);
  scene.folder('a');
  expect((await failureOf(() => content.next())).code).toBe('FILE_FAILED');
  expect(scene.openFiles()).toEqual([]);
});
