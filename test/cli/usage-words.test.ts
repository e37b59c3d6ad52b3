import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommanderError } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { usageWords, type UsageWords } from '../../cli/usage-words.ts';
import { thrownBy } from '../support/bytes.ts';
import { fakeIo } from '../support/fake-terminal.ts';

/** What is said of a wrong command line. */
async function wordsFor(...args: string[]): Promise<UsageWords> {
  const program = createProgram(fakeIo(), () => undefined);
  const error = await thrownBy(() => program.parseAsync(args, { from: 'user' }));
  if (!(error instanceof CommanderError)) throw error;
  return usageWords(error);
}

describe('what a user typed', () => {
  const odd = [
    ...['x. Y', 'x.', 'a\nb', "' is invalid. It must not", '\n(Did you mean y?)', "'. Expected 1: a."],
    ...['error: ', 'x\n(Did you mean one of a, b?)\ny', '.'],
  ];
  const texts = fc.oneof(fc.constantFrom(...odd), fc.string({ minLength: 1 })).filter((text) => text !== '-');
  const kinds: [string, (text: string) => string[], (text: string) => string][] = [
    ['an unknown command', (text) => [` ${text}`], (text) => `unknown command ' ${text}'`],
    ['an unknown option', (text) => ['seal', `--=${text}`], (text) => `unknown option '--=${text}'`],
    [
      'too many arguments',
      (text) => ['open', 'a', ` ${text}`, ` ${text}`],
      (text) => `too many arguments for 'open': expected 2 arguments but got 3: a,  ${text},  ${text}`,
    ],
    [
      'a wrong argument of an option',
      (text) => ['open', 'a', 'b', `--concurrency=x${text}`],
      (text) =>
        `option '--concurrency <n>' argument 'x${text}' is invalid: it must be a whole number from 1 to 256`,
    ],
    [
      'none of the choices',
      (text) => ['open', 'a', 'b', `--bind=x${text}`],
      (text) =>
        `option '--bind <binding>' argument 'x${text}' is invalid: allowed choices are object, vault, none`,
    ],
    [
      'a wrong argument',
      (text) => ['completion', `x${text}`],
      (text) =>
        `command-argument value 'x${text}' is invalid for argument 'shell': allowed choices are zsh, bash, fish, powershell`,
    ],
    [
      'a pair that is none',
      (text) => ['open', 'a', 'b', `--context=${text.replaceAll('=', '-')}`],
      (text) =>
        `option '--context <k=v>' argument '${text.replaceAll('=', '-')}' is invalid: it must be name=value, or a JSON object of strings`,
    ],
  ];

  test.each(kinds)('stays as it was typed: %s', async (_, argsFor, messageFor) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect((await wordsFor(...argsFor(text))).message).toBe(messageFor(text));
      }),
    );
  });
});

describe('what was probably meant', () => {
  test.each([
    [['sea'], 'did you mean "seal"'],
    [['seal', '--overwite'], 'did you mean "--overwrite"'],
    [['seal', '--re'], undefined],
    [['xyzzy\n(Did you mean open?)'], undefined],
  ])('%j', async (args, suggestion) => {
    expect((await wordsFor(...args)).suggestion).toBe(suggestion);
  });

  test('may be one of several', () => {
    const message = "error: unknown option '--x'\n(Did you mean one of --a, --b?)";
    expect(usageWords({ code: 'commander.unknownOption', message })).toEqual({
      message: "unknown option '--x'",
      suggestion: 'did you mean "--a" or "--b"',
    });
  });
});

test('a request for words without its separator', async () => {
  expect(await wordsFor('complete', 'x. Y\nz')).toEqual({
    message: 'completion requests are called like `complete -- [args]`',
  });
});
