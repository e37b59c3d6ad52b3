import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  assertNoFile,
  takeName,
  withPartialFile,
  writeVerifiedFile,
} from '../../operations/verified-file.ts';
import { edgeLengths, inChunks, patternBytes } from '../support/bytes.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-verified-'));
  path = join(folder, 'out');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function* broken(): AsyncGenerator<Buffer> {
  yield* inChunks(patternBytes(100), 50);
  throw new Error('the tag was wrong');
}

describe('a verified file', () => {
  test.each(edgeLengths)('has its %i bytes, and nothing stays beside it', async (lengthBytes) => {
    const content = inChunks(patternBytes(lengthBytes), 7, 0, 900);
    await expect(writeVerifiedFile(path, content, false)).resolves.toBe(lengthBytes);
    expect(readFileSync(path).equals(patternBytes(lengthBytes))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test.each([2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21 + 5])(
    'has its %i bytes, which arrive in small pieces',
    async (lengthBytes) => {
      const pieces = Array.from({ length: 64 }, () => 2 ** 15);
      const content = inChunks(patternBytes(lengthBytes), ...pieces);
      await expect(writeVerifiedFile(path, content, false)).resolves.toBe(lengthBytes);
      expect(readFileSync(path).equals(patternBytes(lengthBytes))).toBe(true);
    },
  );

  test('has all of its many chunks, in their order', async () => {
    const whole = Buffer.alloc(12 * 2 ** 20 + 7, patternBytes(1021));
    const sizes = Array.from({ length: 400 }, (_, index) => ((index * 7919) % 60_000) + 1);
    await expect(writeVerifiedFile(path, inChunks(whole, ...sizes), false)).resolves.toBe(whole.length);
    expect(readFileSync(path).equals(whole)).toBe(true);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('holds no more than a little of it in memory: it is written as it comes', async () => {
    const seen: number[] = [];
    const content = async function* (): AsyncGenerator<Buffer> {
      for (let chunk = 0; chunk < 64; chunk += 1) {
        const [partial] = readdirSync(folder);
        seen.push(partial === undefined ? -1 : statSync(join(folder, partial)).size);
        yield await Promise.resolve(Buffer.alloc(2 ** 16));
      }
    };
    await writeVerifiedFile(path, content(), false);
    expect(seen).toEqual(Array.from({ length: 64 }, (_, chunk) => Math.floor(chunk / 16) * 2 ** 20));
  });

  test.each([false, true])(
    'does not come to be where verifying fails after much of it was written: overwriting %s',
    async (overwrite) => {
      const content = async function* (): AsyncGenerator<Buffer> {
        yield* inChunks(Buffer.alloc(3 * 2 ** 20 + 9), ...Array.from({ length: 90 }, () => 30_000));
        expect(readdirSync(folder)).toEqual([expect.stringMatching(/^out\.[0-9a-f]{12}\.partial$/)]);
        throw new Error('the tag was wrong');
      };
      await expect(writeVerifiedFile(path, content(), overwrite)).rejects.toThrow('the tag was wrong');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('closes its source where it cannot be written', async () => {
    let isClosed = false;
    const content = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve('no bytes' as unknown as Buffer);
      } finally {
        isClosed = true;
      }
    };
    await expect(writeVerifiedFile(path, content(), false)).rejects.toMatchObject({ name: 'TypeError' });
    expect(isClosed).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([false, true])('is its owner’s alone: overwriting %s', async (overwrite) => {
    await writeVerifiedFile(path, inChunks(patternBytes(1)), overwrite);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('has the time and the permissions that it is given', async () => {
    const modified = new Date('2001-02-03T04:05:06.789Z');
    const earlier = process.umask(0o022);
    try {
      await writeVerifiedFile(path, inChunks(patternBytes(1)), false, { modified, mode: 0o666 });
    } finally {
      process.umask(earlier);
    }
    expect(statSync(path).mtime).toEqual(modified);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test.each(['x'.repeat(255), 'ü'.repeat(127)])('may have the longest name: %s', async (name) => {
    const content = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(10));
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^sealdrop\.[0-9a-f]{12}\.partial$/)]);
    };
    await writeVerifiedFile(join(folder, name), content(), false);
    expect(readdirSync(folder)).toEqual([name]);
  });

  test('is not there before all of it was verified', async () => {
    let wasThere = true;
    const content = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(10));
      wasThere = existsSync(path);
    };
    await writeVerifiedFile(path, content(), false);
    expect([wasThere, existsSync(path)]).toEqual([false, true]);
  });

  test.each([false, true])('does not come to be where verifying fails: overwriting %s', async (overwrite) => {
    await expect(writeVerifiedFile(path, broken(), overwrite)).rejects.toThrow('the tag was wrong');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves what is there where verifying fails', async () => {
    writeFileSync(path, 'precious');
    await expect(writeVerifiedFile(path, broken(), true)).rejects.toThrow('the tag was wrong');
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('replaces what is there only where it may', async () => {
    writeFileSync(path, 'precious');
    const writing = writeVerifiedFile(path, inChunks(patternBytes(10)), false);
    await expect(writing).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['out']);
    await expect(writeVerifiedFile(path, inChunks(patternBytes(10)), true)).resolves.toBe(10);
    expect(readFileSync(path).equals(patternBytes(10))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('does not replace what came to be while it was written', async () => {
    const content = async function* (): AsyncGenerator<Buffer> {
      yield* inChunks(patternBytes(10));
      writeFileSync(path, 'faster');
    };
    await expect(writeVerifiedFile(path, content(), false)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('faster');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('does not come to be where there is no folder for it', async () => {
    const nowhere = join(folder, 'missing', 'out');
    const writing = writeVerifiedFile(nowhere, inChunks(patternBytes(10)), false);
    await expect(writing).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a temporary file', () => {
  test('is all there while it is used, and gone afterwards', async () => {
    const used = await withPartialFile(path, inChunks(patternBytes(10)), {}, async (partial, lengthBytes) => {
      expect(readdirSync(folder)).toEqual([basename(partial)]);
      expect(readFileSync(partial).equals(patternBytes(10))).toBe(true);
      return Promise.resolve(lengthBytes);
    });
    expect(used).toBe(10);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is gone where its use fails', async () => {
    const failing = async (): Promise<never> => Promise.reject(new Error('no use'));
    await expect(withPartialFile(path, inChunks(patternBytes(10)), {}, failing)).rejects.toThrow('no use');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('takes a name, in the place of another only where it may', async () => {
    writeFileSync(path, 'precious');
    await withPartialFile(path, inChunks(patternBytes(10)), {}, async (partial) => {
      await expect(takeName(partial, path, false)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(readFileSync(path, 'utf8')).toBe('precious');
      await takeName(partial, path, true);
    });
    expect(readFileSync(path).equals(patternBytes(10))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out']);
  });
});

describe('the early word', () => {
  test('is silence where nothing is there', async () => {
    await expect(assertNoFile(path)).resolves.toBeUndefined();
  });

  test.each([
    [
      'a file',
      () => {
        writeFileSync(path, '');
      },
    ],
    [
      'a folder',
      () => {
        mkdirSync(path);
      },
    ],
    [
      'a link to nowhere',
      () => {
        symlinkSync(join(folder, 'missing'), path);
      },
    ],
  ])('is that %s is there', async (_, make) => {
    make();
    await expect(assertNoFile(path)).rejects.toMatchObject({
      code: 'EEXIST',
      path,
      message: `EEXIST: file already exists, open '${path}'`,
    });
  });
});
