import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { askSecret } from '../../cli/secret-prompt.ts';
import { failureOf, isWiped } from '../support/bytes.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';
import { wipedLengths } from '../support/wiped-lengths.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A terminal that types what it is told to, and notes its modes. */
function terminal(): { io: FakeIo; typing: PassThrough; modes: boolean[] } {
  const modes: boolean[] = [];
  const typing = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
  });
  return { io: { ...fakeIo({ isTTY: true }), stdin: typing }, typing, modes };
}

async function asked(...chunks: (string | Buffer)[]): Promise<string> {
  const { io, typing } = terminal();
  const asking = askSecret('words: ', io);
  for (const chunk of chunks) typing.write(chunk);
  return (await asking).toString();
}

describe('what is typed', () => {
  test.each<[string, (string | Buffer)[], string]>([
    ['ends with the line', ['words\r'], 'words'],
    ['ends with a line feed', ['words\n'], 'words'],
    ['ends with the input', ['words\u0004'], 'words'],
    ['comes in pieces', ['w', 'or', 'ds', '\r'], 'words'],
    ['may be empty', ['\r'], ''],
    ['is erased character by character', ['wordü\u007f\u007fds\r'], 'words'],
    ['is erased to the beginning and no further', ['a\b\b\bwords\r'], 'words'],
    ['is erased at once', ['nonsense\u0015words\r'], 'words'],
    ['has no control characters', ['wo\u001b\trds\r'], 'words'],
    ['has bytes that come one by one', [Buffer.of(0xc3), Buffer.of(0xbc, 0x0d)], 'ü'],
    ['may be as long as a key', ['x'.repeat(5000), '\r'], 'x'.repeat(4096)],
  ])('%s', async (_, chunks, expected) => {
    expect(await asked(...chunks)).toBe(expected);
  });

  test('is not shown', async () => {
    const { io, typing, modes } = terminal();
    const asking = askSecret('words: ', io);
    expect(modes).toEqual([true]);
    typing.write('secret\r');
    await asking;
    expect([io.stderr.text, io.stdout.text, modes]).toEqual(['sealdrop: words: \n', '', [true, false]]);
  });

  test('does not stay in what was read', async () => {
    const { io, typing } = terminal();
    const asking = askSecret('words: ', io);
    const chunk = Buffer.from('secret\r');
    typing.write(chunk);
    await asking;
    expect(isWiped(chunk)).toBe(true);
  });

  test.each(['secret\r', 'se\u0003cret\r'])('does not stay where it was gathered: %j', async (typed) => {
    const { io, typing } = terminal();
    const lengths = wipedLengths();
    const asking = askSecret('words: ', io);
    typing.write(typed);
    await asking.catch(() => undefined);
    expect(lengths()).toContain(4096);
  });

  test('answers two questions at once', async () => {
    const { io, typing } = terminal();
    const first = askSecret('words: ', io);
    typing.write('one\rtwo\r');
    expect((await first).toString()).toBe('one');
    expect((await askSecret('once more: ', io)).toString()).toBe('two');
  });
});

describe('nobody answers', () => {
  test.each<[string, (scene: ReturnType<typeof terminal>) => void]>([
    ['after Ctrl-C', ({ typing }) => typing.write('se\u0003cret\r')],
    ['where the terminal goes away', ({ typing }) => typing.end()],
    [
      'where the command is stopped',
      ({ io }) => {
        io.stop();
      },
    ],
  ])('%s', async (_, act) => {
    const scene = terminal();
    const asking = failureOf(() => askSecret('words: ', scene.io));
    act(scene);
    expect((await asking).code).toBe('ABORTED');
    expect(scene.modes).toEqual([true, false]);
  });

  test('where it was stopped before', async () => {
    const { io, modes } = terminal();
    io.stop();
    expect((await failureOf(() => askSecret('words: ', io))).code).toBe('ABORTED');
    expect(modes.at(-1)).toBe(false);
  });
});
