import { describe, expect, test } from '@jest/globals';
import type { Located } from '../../cli/located.ts';
import { openToOutput, type OutputFlags } from '../../cli/open-to-output.ts';
import { failureOf, isWiped, patternBytes, thrownBy, withFlippedBit } from '../support/bytes.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';
import { createScene, putSealed, sealedAt, type Scene } from '../operations/scene.ts';

const place = (scene: Scene): Located => ({
  ...{ store: scene.store, ...sealedAt, isTree: false },
  ...{ show: (key) => key, holds: () => true, names: (key) => [key] },
});

/** Opens bytes to standard output. */
async function open(
  content: Buffer,
  io: FakeIo,
  flags: Partial<OutputFlags> = {},
  prepare: (scene: Scene) => void = () => undefined,
): Promise<void> {
  const scene = createScene();
  await putSealed(scene, content);
  prepare(scene);
  await openToOutput(place(scene), scene.reading, { bufferLimit: 1000, ...flags }, io);
}

const refused = 'the content is not text and does not go to a terminal';
const binaries: [string, Buffer][] = [
  ['a zero byte', Buffer.from('a\0b')],
  ['an escape sequence', Buffer.from('\u001b]0;title\u0007')],
  ['a lone escape', Buffer.from('text\u001b')],
  ['a backspace', Buffer.from('a\bb')],
  ['a bell', Buffer.from('\u0007')],
  ['a delete', Buffer.from('\u007f')],
  ['a vertical tab', Buffer.from('\v')],
  ['a form feed', Buffer.from('\f')],
  ['a control sequence introducer of eight bits', Buffer.from('\u009b31m')],
  ['a next line', Buffer.from('\u0085')],
  ['a byte that begins nothing', Buffer.from([0x61, 0xff])],
  ['a byte that continues nothing', Buffer.from([0x80])],
  ['a character that is cut off', Buffer.from('é').subarray(0, 1)],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['an overlong slash', Buffer.from([0xc0, 0xaf])],
];
const texts: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['letters', Buffer.from('the report\n')],
  ['tabs and line ends', Buffer.from('\ta\r\nb\n')],
  ['words of the world', Buffer.from('\ufeffÄpfel 漢字 😀 \u0301')],
];

describe('on a terminal', () => {
  test.each(binaries)('%s is refused', async (_, content) => {
    const io = fakeIo({ isTTY: true });
    const failure = await failureOf(() => open(content, io));
    expect(failure).toMatchObject({ code: 'BINARY_TO_TERMINAL', message: refused });
    expect(io.stdout.writes).toEqual([]);
  });

  test.each(texts)('%s: fine', async (_, content) => {
    const io = fakeIo({ isTTY: true });
    await open(content, io);
    expect(io.stdout.text).toBe(content.toString());
  });

  test('what is not verified yet is refused, text or not, and nothing is read', async () => {
    const io = fakeIo({ isTTY: true });
    const scene = createScene();
    await putSealed(scene, Buffer.from('text'));
    const flags = { bufferLimit: 1000, delayedAuth: true } as const;
    scene.store.calls.length = 0;
    const failure = await failureOf(() => openToOutput(place(scene), scene.reading, flags, io));
    expect(failure).toMatchObject({
      code: 'BINARY_TO_TERMINAL',
      message: 'what is not verified does not go to a terminal',
    });
    expect([io.stdout.writes, scene.store.calls]).toEqual([[], []]);
  });
});

describe('elsewhere', () => {
  test.each([...binaries, ...texts])('%s goes as it is', async (_, content) => {
    for (const flags of [{}, { delayedAuth: true } as const]) {
      const io = fakeIo();
      await open(content, io, flags);
      expect(io.stdout.bytes.toString('hex')).toBe(content.toString('hex'));
    }
  });

  test('standard output stays open', async () => {
    for (const flags of [{}, { delayedAuth: true } as const]) {
      const io = fakeIo();
      await open(Buffer.from('text'), io, flags);
      expect([io.stdout.writableEnded, io.stdout.destroyed]).toEqual([false, false]);
    }
  });
});

describe('the content in memory', () => {
  test('is zero-filled once it was taken, not before', async () => {
    const io = fakeIo();
    io.stdout.isSlow = true;
    await open(Buffer.from('the secret'), io);
    expect(io.stdout.text).toBe('the secret');
    expect(io.stdout.buffers.map(({ length }) => length)).toEqual([10]);
    expect(io.stdout.buffers.every(isWiped)).toBe(true);
  });

  test('is no longer than the limit', async () => {
    await open(patternBytes(1000), fakeIo());
    const io = fakeIo();
    const failure = await failureOf(() => open(patternBytes(1001), io));
    expect(failure).toMatchObject({
      code: 'BUFFER_LIMIT_EXCEEDED',
      hint: expect.stringContaining('--delayed-auth'),
    });
    expect(io.stdout.writes).toEqual([]);
    await open(patternBytes(1001), io, { delayedAuth: true });
    expect(io.stdout.writes.length).toBeGreaterThan(0);
  });
});

const damage = ({ store }: Scene): void => {
  const get = store.get.bind(store);
  store.get = async (address, signal) => {
    const { object } = await get(address, signal);
    const bytes = withFlippedBit(store.contentOf(address), -1);
    return { object, content: chunksOf(bytes) };
  };
};

async function* chunksOf(...chunks: (Buffer | Error)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield await Promise.resolve(chunk);
  }
}

describe('an object that was altered', () => {
  test('gives nothing', async () => {
    const io = fakeIo();
    expect((await failureOf(() => open(patternBytes(500), io, {}, damage))).code).toBe(
      'AUTHENTICATION_FAILED',
    );
    expect(io.stdout.writes).toEqual([]);
  });

  test('fails at its end with delayed authentication', async () => {
    const work = () => open(patternBytes(500), fakeIo(), { delayedAuth: true }, damage);
    expect((await failureOf(work)).code).toBe('AUTHENTICATION_FAILED');
  });
});

describe.each([{}, { delayedAuth: true } as const])('an output that fails, with %j', (flags) => {
  test.each([
    ['ENOSPC', 'DISK_FULL', 'no space is left for "standard output"'],
    ['EIO', 'FILE_FAILED', 'the system failed (EIO) at "standard output"'],
  ])('by %s is told', async (code, expected, message) => {
    const io = fakeIo();
    io.stdout.failure = Object.assign(new Error(`write ${code}`), { code });
    const failure = await failureOf(() => open(Buffer.from('text'), io, flags));
    expect(failure).toMatchObject({ code: expected, message });
  });

  test('because nobody reads it any more is a failure where nothing was verified yet', async () => {
    const io = fakeIo();
    io.stdout.failure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const work = open(Buffer.from('text'), io, flags);
    if ('delayedAuth' in flags) await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    else await expect(work).resolves.toBeUndefined();
  });
});

test('a source that breaks off is a failure', async () => {
  const error = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  const work = () => open(patternBytes(500), fakeIo(), { delayedAuth: true }, breakOffWith(error));
  await expect(work()).rejects.toThrow();
});

test.each(['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'])(
  'a source that breaks off by %s is a failure, too',
  async (code) => {
    const error = Object.assign(new Error('closed'), { code });
    const work = () => open(patternBytes(500), fakeIo(), { delayedAuth: true }, breakOffWith(error));
    await expect(work()).rejects.toThrow();
  },
);

function breakOffWith(error: Error): (scene: Scene) => void {
  return ({ store }) => {
    const get = store.get.bind(store);
    store.get = async (address, signal) => {
      const { object } = await get(address, signal);
      return { object, content: chunksOf(store.contentOf(address).subarray(0, 100), error) };
    };
  };
}

test('JSON as well does not go to standard output', async () => {
  const scene = createScene();
  const flags = { bufferLimit: 1, json: true } as const;
  const error = await thrownBy(() => openToOutput(place(scene), scene.reading, flags, fakeIo()));
  expect(error).toMatchObject({ name: 'UsageError', message: '--json and "-" both want standard output' });
  expect(scene.store.calls).toEqual([]);
});
