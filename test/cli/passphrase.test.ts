import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { passphraseFile, passphraseOf } from '../../cli/passphrase.ts';
import { failureOf, thrownBy } from '../support/bytes.ts';
import { wipedLengths } from '../support/wiped-lengths.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';
import { Scene } from './files/scene.ts';

const scene = new Scene();
const words = 'several words';

function terminal(typed: string): FakeIo {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  stdin.write(typed);
  return { ...fakeIo({ isTTY: true }), stdin };
}

async function given(io: FakeIo, file?: string, isNew = false): Promise<string> {
  return (await passphraseOf(file === undefined ? {} : { passphraseFile: file }, io, isNew)).toString();
}

describe('a passphrase', () => {
  test.each([
    ['with the end of its line', `${words}\n`, words],
    ['with the end of a line of Windows', `${words}\r\n`, words],
    ['without', words, words],
    ['with more lines', `${words}\nand a note\n`, words],
    ['with spaces, which count', ` ${words} \n`, ` ${words} `],
  ])('is the first line of a file, %s', async (_, content, expected) => {
    expect(await given(fakeIo(), scene.file('words', content))).toBe(expected);
  });

  test('is in the environment', async () => {
    expect(await given(fakeIo({ env: { SEALDROP_CACHE_PASSPHRASE: words } }))).toBe(words);
  });

  test('of a file goes before that of the environment', async () => {
    const io = fakeIo({ env: { SEALDROP_CACHE_PASSPHRASE: 'other words entirely' } });
    expect(await given(io, scene.file('words', words))).toBe(words);
  });

  test('is asked for on the terminal, once', async () => {
    const io = terminal(`${words}\r`);
    expect(await given(io)).toBe(words);
    expect(io.stderr.text).toBe('sealdrop: passphrase of the cache: \n');
  });

  test('that is new is asked for twice', async () => {
    const io = terminal(`${words}\r${words}\r`);
    expect(await given(io, undefined, true)).toBe(words);
    expect(io.stderr.text).toBe('sealdrop: passphrase of the cache: \nsealdrop: once more: \n');
  });

  test('is not typed twice alike', async () => {
    const io = terminal(`${words}\r${words}!\r`);
    expect(await thrownBy(() => given(io, undefined, true))).toMatchObject({
      name: 'UsageError',
      message: 'the two passphrases differ',
    });
  });

  test('is not asked for where there is no terminal', async () => {
    expect(await thrownBy(() => given(fakeIo()))).toMatchObject({
      name: 'UsageError',
      hint: expect.stringContaining('SEALDROP_CACHE_PASSPHRASE'),
    });
    // Somebody would type into a file that nobody sees.
    const piped = { ...terminal(`${words}\r`), stderr: fakeIo().stderr };
    expect(await thrownBy(() => given(piped))).toMatchObject({ name: 'UsageError' });
  });

  test.each([
    ['', /too short/],
    ['\n', /too short/],
    ['elevenchars', /too short/],
    // Twelve bytes, and six characters.
    ['üüüüüü', /too short/],
    ['x'.repeat(1025), /too long/],
  ])('is not %j', async (content, message) => {
    const error = await thrownBy(() => given(fakeIo(), scene.file('words', content)));
    expect(error).toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) });
  });

  test.each(['twelve chars', 'üüüüüüüüüüüü', 'x'.repeat(1024)])('may be %j', async (content) => {
    expect(await given(fakeIo(), scene.file('words', content))).toBe(content);
  });

  test('is never told, whatever is wrong with it', async () => {
    const io = fakeIo({ env: { SEALDROP_CACHE_PASSPHRASE: 'hunter2' } });
    const error = (await thrownBy(() => given(io))) as Error & { hint: string };
    expect(`${error.message} ${error.hint} ${String(error.stack)}`).not.toContain('hunter2');
  });

  test('is in a file that is there', async () => {
    expect((await failureOf(() => given(fakeIo(), scene.path('none')))).code).toBe('FILE_NOT_FOUND');
  });
});

describe('what holds a passphrase is zero-filled', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('as soon as its file was read', async () => {
    const content = `${words}\nand a note\n`;
    const lengths = wipedLengths();
    await given(fakeIo(), scene.file('words', content));
    expect(lengths()).toEqual([content.length]);
  });

  test('where it cannot be one', async () => {
    const lengths = wipedLengths();
    await thrownBy(() => given(fakeIo(), scene.file('words', 'too few\n')));
    expect(lengths()).toEqual([8, 7]);
  });

  test.each([
    ['once more', `${words}\r`, [words.length]],
    ['differently', `${words}!!!\r`, [words.length + 3, words.length]],
    ['not once more', '\u0003', [words.length]],
  ])('where it was typed %s', async (_, again, expected) => {
    const io = terminal(`${words}\r${again}`);
    const lengths = wipedLengths();
    await given(io, undefined, true).catch(() => undefined);
    expect(lengths().filter((length) => expected.includes(length))).toEqual(expected);
  });
});

test('its option names where else it may be', () => {
  expect(passphraseFile().description).toContain('SEALDROP_CACHE_PASSPHRASE');
});
