import { appendFileSync } from 'node:fs';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as calls from '../../../operations/file-calls.ts';
import { failureOf, gather, patternBytes } from '../../support/bytes.ts';
import { Scene } from './scene.ts';

jest.unstable_mockModule('../../../operations/file-calls.ts', () => ({
  ...calls,
  readFromFile: async (file: number, bytes: Buffer, position: number) =>
    meanwhile() ?? (await calls.readFromFile(file, bytes.subarray(0, pieceBytes), position)),
}));
const { fileContent } = await import('../../../cli/files/file-content.ts');

const scene = new Scene();
const smallBytes = 256 * 1024;

/** Comes in between the look at a small file and its reading; says how much there was to read, or lets it read. */
let meanwhile = (): number | undefined => undefined;
/** How much the system gives at once. */
let pieceBytes = Infinity;
beforeEach(() => {
  pieceBytes = Infinity;
  meanwhile = () => undefined;
});

describe('the content of a file', () => {
  test.each([0, 1, smallBytes - 1, smallBytes, smallBytes + 1])('has its %i bytes', async (lengthBytes) => {
    const { state, content } = await fileContent(scene.file('a', patternBytes(lengthBytes)));
    expect(scene.openFiles()).toEqual([]);
    expect(state.lengthBytes).toBe(lengthBytes);
    expect((await gather(content)).equals(patternBytes(lengthBytes))).toBe(true);
    expect(scene.openFiles()).toEqual([]);
  });

  test('is an error where a small file grows while it is read at once', async () => {
    const path = scene.file('a');
    meanwhile = () => {
      appendFileSync(path, 'x');
      return undefined;
    };
    expect((await failureOf(() => fileContent(path))).code).toBe('FILE_CHANGED');
    expect(scene.openFiles()).toEqual([]);
  });

  test('is an error where a small file ends early', async () => {
    const path = scene.file('a', patternBytes(10));
    meanwhile = () => 0;
    expect((await failureOf(() => fileContent(path))).code).toBe('FILE_CHANGED');
    expect(scene.openFiles()).toEqual([]);
  });

  test('is whole where the system gives it in pieces', async () => {
    pieceBytes = 3;
    const path = scene.file('a', patternBytes(10));
    const { content } = await fileContent(path);
    expect((await gather(content)).equals(patternBytes(10))).toBe(true);
  });

  test('stops when it is told to', async () => {
    const path = scene.file('a');
    expect((await failureOf(() => fileContent(path, AbortSignal.abort()))).code).toBe('ABORTED');
  });
});
