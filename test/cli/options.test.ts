import { Command, InvalidArgumentError, type Option } from 'commander';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as option from '../../cli/options.ts';

/** What a command line gives, through the parser that the command uses. */
function parsed(options: Option | readonly Option[], ...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const all: readonly Option[] = Array.isArray(options) ? options : [options as Option];
  for (const each of all) command.addOption(each);
  return command.parse(args, { from: 'user' }).opts();
}

describe('a whole number', () => {
  test.each([
    ['1', 1],
    ['16', 16],
    ['256', 256],
    ['007', 7],
  ])('%j is one from 1 to 256', (text, value) => {
    expect(option.wholeNumber(1, 256)(text)).toBe(value);
  });

  test.each(['', '0', '257', '-1', '+1', '1.0', '1e2', '0x10', ' 1', '1 ', '١', 'one', '9'.repeat(400)])(
    '%j is none',
    (text) => {
      expect(() => option.wholeNumber(1, 256)(text)).toThrow(
        new InvalidArgumentError('It must be a whole number from 1 to 256.'),
      );
    },
  );
});

describe('a length', () => {
  test.each([
    ['0', 0],
    ['1', 1],
    ['10B', 10],
    ['10 B', 10],
    ['1KiB', 1024],
    ['8MiB', 8 * 2 ** 20],
    ['8 MiB', 8 * 2 ** 20],
    ['5GiB', 5 * 2 ** 30],
    ['5368709120', 5 * 2 ** 30],
  ])('%j is %i bytes', (text, bytes) => {
    expect(option.byteSize(0, 5 * 2 ** 30)(text)).toBe(bytes);
  });

  test.each([
    ...['', 'B', 'MiB', '-1', '1.5MiB', '1MB', '1mib', '1M', '1  MiB', '1 MiB ', '1e3', '5GiBB'],
    ...['constructor', '1constructor', '1toString', '1__proto__', '6GiB', '9'.repeat(400), '1\nKiB'],
  ])('%j is none up to 5 GiB', (text) => {
    expect(() => option.byteSize(0, 5 * 2 ** 30)(text)).toThrow(InvalidArgumentError);
  });

  test('has its least and its most', () => {
    const read = option.byteSize(1024, 2048);
    expect([read('1KiB'), read('2KiB')]).toEqual([1024, 2048]);
    for (const text of ['1023', '2049']) expect(() => read(text)).toThrow(/from 1024 to 2048 bytes/);
  });

  test.each([
    ['--part-size', '5MiB', 5 * 2 ** 20],
    ['--part-size', '5GiB', 5 * 2 ** 30],
    ['--buffer-limit', '1', 1],
    ['--buffer-limit', '2GiB', 2 ** 31],
  ])('%s takes %s', (name, text, bytes) => {
    const [value] = Object.values(parsed([...option.transfer(), option.bufferLimit()], name, text)).filter(
      (each) => each === bytes,
    );
    expect(value).toBe(bytes);
  });

  test.each([
    ['--part-size', '5242879'],
    ['--part-size', '5368709121'],
    ['--buffer-limit', '0'],
    ['--buffer-limit', '2147483649'],
  ])('%s does not take %s', (name, text) => {
    expect(() => parsed([...option.transfer(), option.bufferLimit()], name, text)).toThrow(
      /must be a length/,
    );
  });
});

describe('a context', () => {
  test.each([
    [['a=1'], { a: '1' }],
    [['a='], { a: '' }],
    [['a=1=2'], { a: '1=2' }],
    [[' a= 1 '], { ' a': ' 1 ' }],
    [['a=1', 'b=2'], { a: '1', b: '2' }],
    [['a=1', 'a=1'], { a: '1' }],
    [['{}'], {}],
    [['{"a":"1","b":"x=y"}'], { a: '1', b: 'x=y' }],
    [[' {"a":"1"} ', 'b=2'], { a: '1', b: '2' }],
    [['a=1', '{"a":"1","b":"2"}'], { a: '1', b: '2' }],
    [['a={}'], { a: '{}' }],
  ])('%j gives %j', (texts, context) => {
    expect(texts.reduce((before, text) => option.collectContext(text, before), {})).toEqual(context);
    const typed = texts.flatMap((text) => ['--context', text]);
    expect(parsed(option.vault(), ...typed)['context']).toEqual(context);
  });

  test.each([
    ...['', 'a', '=', '=1', '{', '{"a":1}', '{"a":null}', '{"a":["1"]}', '{"a":{"b":"c"}}', '{a:1}'],
    ...['["a"]', 'null', '"a"'],
  ])('%j is none', (text) => {
    expect(() => option.collectContext(text)).toThrow('It must be name=value, or a JSON object of strings.');
  });

  test.each([['a=2'], ['a='], ['{"b":"1","a":"2"}']])('%j gives a pair another value', (text) => {
    expect(() => option.collectContext(text, { a: '1' })).toThrow(/"a" two values/);
  });

  test.each(['__proto__=x', '{"__proto__":"x"}'])('%j is a name like any other', (text) => {
    const context = option.collectContext(text, { a: '1' });
    expect(Object.entries(context)).toEqual([
      ['a', '1'],
      ['__proto__', 'x'],
    ]);
    expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
    expect(() => option.collectContext('constructor=x')).not.toThrow();
  });

  test('does not change what was there before', () => {
    const before = Object.freeze({ a: '1' });
    expect(option.collectContext('b=2', before)).toEqual({ a: '1', b: '2' });
    for (let time = 0; time < 2; time += 1) {
      expect(parsed(option.vault(), '--context', 'a=1')['context']).toEqual({ a: '1' });
    }
  });

  test('comes back from its pairs, and from JSON', () => {
    const contexts = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => !name.includes('=') && !name.trimStart().startsWith('{')),
      fc.string(),
    );
    fc.assert(
      fc.property(contexts, (context) => {
        const entries = Object.entries(context);
        const pairs = entries.map(([name, value]) => `${name}=${value}`);
        const typed = pairs.reduce((before, pair) => option.collectContext(pair, before), {});
        expect(Object.entries(typed)).toEqual(entries);
        expect(Object.entries(option.collectContext(JSON.stringify(context)))).toEqual(entries);
      }),
    );
  });
});

describe('a sample', () => {
  test.each([
    ['1%', { share: 0.01 }],
    ['0.5%', { share: 0.005 }],
    ['100%', { share: 1 }],
    ['100.0%', { share: 1 }],
    ['1', { count: 1 }],
    ['999999999', { count: 999_999_999 }],
  ])('%j is %j', (text, sample) => {
    expect(parsed(option.sample(), '--sample', text)).toEqual({ sample });
  });

  test.each([
    ...['', '0', '0%', '0.0%', '100.1%', '101%', '-1', '-1%', '%', '.5%', '1.%', '1e3', '1 %', '01'],
    ...['1.5', '9999999999', 'all'],
  ])('%j is none', (text) => {
    expect(() => parsed(option.sample(), `--sample=${text}`)).toThrow(/must be a share such as 1%/);
  });
});

describe('filters', () => {
  test('keep the order in which they were typed', () => {
    const args = ['--exclude', '*', '--include', 'a*', '--exclude', '*.tmp', '--include=b'];
    const flags = parsed(option.filters(), ...args) as unknown as option.CommonFlags;
    expect(option.filtersOf(flags)).toEqual([
      { kind: 'exclude', pattern: '*' },
      { kind: 'include', pattern: 'a*' },
      { kind: 'exclude', pattern: '*.tmp' },
      { kind: 'include', pattern: 'b' },
    ]);
  });

  test.each(['include', 'exclude'] as const)('may be of one kind: %s', (kind) => {
    const flags = parsed(option.filters(), `--${kind}`, 'a') as unknown as option.CommonFlags;
    expect(option.filtersOf(flags)).toEqual([{ kind, pattern: 'a' }]);
    expect(() => {
      option.assertNoFilters(flags);
    }).toThrow('--include and --exclude are for trees');
  });

  test('are none, and none of another command line', () => {
    parsed(option.filters(), '--include', 'a');
    const flags = parsed(option.filters()) as unknown as option.CommonFlags;
    expect(option.filtersOf(flags)).toEqual([]);
    expect(() => {
      option.assertNoFilters(flags);
    }).not.toThrow();
  });

  test.each(['--include', '--exclude'])('are not empty: %s', (name) => {
    expect(() => parsed(option.filters(), name, '')).toThrow(/must not be empty/);
  });
});

test.each([
  ['--region', option.region()],
  ['--instruction-file-suffix', option.instructionFileSuffix()],
  ['--object-key', option.objectKey()],
  ['--accept-key', option.acceptKey()],
])('%s is not empty', (name, made) => {
  expect(() => parsed(made, name, '')).toThrow(/must not be empty/);
  expect(Object.values(parsed(made, name, 'x')).flat()).toEqual(['x']);
});

test('accepted keys are a list', () => {
  const args = ['--accept-key', 'a', '--accept-key', 'b'];
  expect(parsed(option.acceptKey(), ...args)).toEqual({ acceptKey: ['a', 'b'] });
});

test('what is not typed has its default', () => {
  const all = [option.concurrency(), ...option.vault(), ...option.reader(), ...option.transfer()];
  expect(parsed([...all, option.bufferLimit(), option.noSymlinks()])).toMatchObject({
    ...{ concurrency: 16, bind: 'object', context: {}, bufferLimit: 64 * 2 ** 20, followSymlinks: true },
    commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  });
});

test('places are reached by what was typed, and nothing else', () => {
  const flags = {
    region: 'eu-west-1',
    objectKey: 'k',
    partSize: 5,
    followSymlinks: false,
    json: true,
  } as const;
  const { region, objectKey } = flags;
  expect(option.locating(flags)).toEqual({ region, objectKey, partSizeBytes: 5, followSymlinks: false });
  expect(option.locating({})).toEqual({});
});
