import { appendFileSync, existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fileContent } from '../../../cli/files/file-content.ts';
import { failureOf, gather, patternBytes } from '../../support/bytes.ts';
import { Scene } from './scene.ts';

const scene = new Scene();
const smallBytes = 256 * 1024;

/** Does something at every turn of the event loop while the work goes on. */
async function duringEachTurn<Result>(act: () => void, work: () => Promise<Result>): Promise<Result> {
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    act();
    setImmediate(turn);
  };
  setImmediate(turn);
  try {
    return await work();
  } finally {
    isOver = true;
  }
}

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
    const grow = (): void => {
      appendFileSync(path, 'x');
    };
    expect((await failureOf(() => duringEachTurn(grow, () => fileContent(path)))).code).toBe('FILE_CHANGED');
    expect(scene.openFiles()).toEqual([]);
  });

  // The kernel says of such a file that it is longer than what it gives.
  const endsEarly = '/sys/devices/system/cpu/online';
  (existsSync(endsEarly) ? test : test.skip)('is an error where a small file ends early', async () => {
    expect((await failureOf(() => fileContent(endsEarly))).code).toBe('FILE_CHANGED');
  });

  test('stops when it is told to', async () => {
    const path = scene.file('a');
    expect((await failureOf(() => fileContent(path, AbortSignal.abort()))).code).toBe('ABORTED');
  });
});
