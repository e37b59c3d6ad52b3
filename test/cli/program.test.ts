import type { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { createProgram, run } from '../../cli/program.ts';
import { version } from '../../aws/index.ts';
import { fakeIo, type FakeIo } from '../support/fake-terminal.ts';

/** What a command line ends with and says, in one go. */
async function ran(...args: string[]): Promise<{ code: number; stdout: string; lines: string[] }> {
  const io = fakeIo();
  const code = await run(args, io);
  return { code, stdout: io.stdout.text, lines: io.stderr.text.split('\n').slice(0, -1) };
}

describe('a wrong use', () => {
  test.each<[string, string, string]>([
    ['', 'no verb was named', 'see "sealdrop --help"'],
    ['keys', 'no verb was named', 'see "sealdrop keys --help"'],
    ['sea', "unknown command 'sea'", 'did you mean "seal"'],
    ['xyzzy', "unknown command 'xyzzy'", 'see "sealdrop --help"'],
    ['keys lst', "unknown command 'lst'", 'did you mean "list"'],
    ['--nope', "unknown option '--nope'", 'see "sealdrop --help"'],
    ['seal', "missing required argument 'from'", 'see "sealdrop seal --help"'],
    ['seal a', "missing required argument 'to'", 'see "sealdrop seal --help"'],
    ['inspect', "missing required argument 'object'", 'see "sealdrop inspect --help"'],
    ['verify', "missing required argument 'place'", 'see "sealdrop verify --help"'],
    ['seal a b --ovewrite', "unknown option '--ovewrite'", 'did you mean "--overwrite"'],
    [
      'open a b c',
      "too many arguments for 'open': expected 2 arguments but got 3: a, b, c",
      'see "sealdrop open --help"',
    ],
    ['seal a b --key', "option '--key <arn>' argument missing", 'see "sealdrop seal --help"'],
    [
      'seal a b --concurrency 0',
      "option '--concurrency <n>' argument '0' is invalid: it must be a whole number from 1 to 256",
      'see "sealdrop seal --help"',
    ],
    [
      'seal a b --bind x',
      "option '--bind <binding>' argument 'x' is invalid: allowed choices are object, vault, none",
      'see "sealdrop seal --help"',
    ],
    ['seal a b --context a=1 --context a=2', '--context gives "a" two values', 'give each name one value'],
    [
      'seal a b --region=',
      "option '--region <region>' argument '' is invalid: it must not be empty",
      'see "sealdrop seal --help"',
    ],
    ['keys list x', "too many arguments for 'list'", 'see "sealdrop keys list --help"'],
    ['seal - d/', 'standard input is one object and has no name', 'name the object to write, without a'],
    ['seal - - --vault v', '"-" cannot stand here', 'name a local path, or s3://bucket/key'],
    ['seal a b', 'the binding "object" needs the id of the vault', 'name it with --vault'],
    ['seal a b --vault v', 'no wrapping key was named', 'name it with --key'],
    ['seal d/ x', '"d/" is everything below it, and "x" is one object', 'end both with "/"'],
    ['seal https://a/b x', '"https://a/b" is not a place', 'name a local path'],
    ['open a b --delayed-auth', '--delayed-auth is for standard output', 'leave it out'],
    ['open d/ -', 'a tree cannot go to standard output', 'name one object'],
    ['inspect d/', '"d/" is everything below it', 'name one object'],
    ['inspect s3://b/a --object-key k', '--object-key is for local sealed files', 'leave it out'],
    ['verify a --repair', '--repair works with --deep alone', 'add --deep'],
    ['rewrap', "missing required argument 'place'", 'see "sealdrop rewrap --help"'],
    ['rebind a', "missing required argument 'to'", 'see "sealdrop rebind --help"'],
    ['keys rotate', "missing required argument 'key'", 'see "sealdrop keys rotate --help"'],
    ['keys retire k', "missing required argument 'place'", 'see "sealdrop keys retire --help"'],
    ['keys history', "missing required argument 'key'", 'see "sealdrop keys history --help"'],
    ['rewrap - --vault v', '"-" cannot stand here', 'name a local path, or s3://bucket/key'],
    ['rewrap s3://b/ --vault v', 'no wrapping key was named', 'name it with --key'],
    ['rewrap s3://b/a --vault v --include x', '--include and --exclude are for trees', 'leave them out'],
    [
      'rewrap a --reseal --instruction-file-suffix x',
      '--reseal does not know instruction files',
      'leave out',
    ],
    ['rebind a s3://b/a', '"a" is not in S3', 'name s3://bucket/key twice'],
    ['rebind s3://b/a/ s3://b/c', '"s3://b/a/" is everything below it', 'end both with "/"'],
    ['rebind s3://b/a s3://b/a --vault v', 'both places are the same, and nothing', 'name another place'],
    ['rebind s3://b/a s3://b/a --vault v --to-vault w', 'both places are the same', 'say that what stands'],
    ['rebind s3://b/a s3://b/a --vault v --move', '--move leads to where the object is', 'leave it out'],
    [
      'rebind s3://b/a s3://b/c --bind none --to-bind vault',
      'the binding "vault" needs',
      'name it with --vault',
    ],
    ['keys retire k d/', '"d/" is not in S3', 'name s3://bucket/'],
    [
      'keys retire k s3://b/ --machine m',
      "option '--machine <arn>' argument 'm' is invalid: it must be the ARN of a state machine",
      'see "sealdrop keys retire --help"',
    ],
    [
      'keys rotate k --wait x',
      "option '--wait <seconds>' argument 'x' is invalid: it must be a whole number from 0 to 86400",
      'see "sealdrop keys rotate --help"',
    ],
    ['warm --cache f --for 8h', "missing required argument 'place'", 'see "sealdrop warm --help"'],
    ['warm a --for 8h', "required option '--cache <file>' not specified", 'see "sealdrop warm --help"'],
    ['warm a --cache f', "required option '--for <time>' not specified", 'see "sealdrop warm --help"'],
    ['warm a --cache f --for 8d', '--for "8d" is too long: 7 days are the most', 'take less'],
    ['warm a --cache f --for 8h --include x', '--include and --exclude are for trees', 'leave them out'],
    [
      'seal a b --cache-max-messages 0',
      '--cache-max-messages "0" is out of its range',
      'to share no data keys',
    ],
    [
      'seal a b --vault v --key k --no-cache --cache-max-bytes 1GiB',
      '--cache-max-bytes limits a cache, and --no-cache wants none',
      'leave one of them out',
    ],
    [
      'open a b --cache-max-messages 5',
      "unknown option '--cache-max-messages'",
      'see "sealdrop open --help"',
    ],
    ['seal a b --exclude x --vault v', '--include and --exclude are for trees', 'leave them out'],
  ])('%s', async (line, message, hint) => {
    const { code, stdout, lines } = await ran(...line.split(' ').filter((arg) => arg !== ''));
    expect([code, stdout, lines.length]).toEqual([2, '', 2]);
    expect(lines[0]?.startsWith(`sealdrop: error: ${message}`)).toBe(true);
    expect(lines[1]?.startsWith(`sealdrop: hint: ${hint}`)).toBe(true);
    for (const each of lines) expect(each).not.toMatch(/\.$|undefined/);
  });

  test.each(['REQUIRE', 'forbid'])('a commitment policy of another name: %s', async (policy) => {
    const { code, lines } = await ran('verify', 'x', '--commitment-policy', policy);
    expect([code, lines[0]]).toEqual([2, expect.stringContaining('REQUIRE_ENCRYPT_REQUIRE_DECRYPT')]);
  });
});

const verbs = [
  ...(['seal', 'open', 'inspect', 'verify', 'rewrap', 'rebind', 'warm', 'drill'] as const),
  ...(['keys list', 'keys history', 'keys rotate', 'keys retire'] as const),
];

describe('help', () => {
  test.each(['', ...verbs, 'keys'])('of "%s" is a result', async (verb) => {
    const words = verb.split(' ').filter((word) => word !== '');
    const { code, stdout, lines } = await ran(...words, '--help');
    expect([code, lines]).toEqual([0, []]);
    expect(stdout).toContain(`Usage: ${['sealdrop', ...words].join(' ')} `);
    expect(stdout).not.toMatch(/undefined|\[object/);
  });

  test.each(['-V', '--version'])('%s is the version', async (flag) => {
    expect(await ran(flag)).toEqual({ code: 0, stdout: `${version}\n`, lines: [] });
  });

  test('is a verb, too', async () => {
    expect(await ran('help', 'seal')).toMatchObject({ code: 0, lines: [] });
  });

  test.each(verbs)('of "%s" has examples, which are command lines that it takes', async (verb) => {
    const { stdout } = await ran(...verb.split(' '), '--help');
    const [, section = ''] = stdout.split('\nExamples:\n');
    const lines = section.split('\n').filter((line) => /^ {2}[^#]/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, typed = ''] = /\bsealdrop ([^|]+)/.exec(line) ?? [];
      expect(typed.startsWith(verb)).toBe(true);
      expect(await parses(typed.trim().split(' '))).toBe(true);
    }
  });
});

/** Whether the parser takes a command line; nothing is done. */
async function parses(args: readonly string[]): Promise<boolean> {
  const program = createProgram(fakeIo(), () => undefined);
  let isTaken = false;
  for (const command of every(program)) {
    if (command.commands.length === 0) {
      command.action(() => {
        isTaken = true;
      });
    }
  }
  await program.parseAsync(args, { from: 'user' });
  return isTaken;
}

function every(command: Command): Command[] {
  return [command, ...command.commands.flatMap(every)];
}

const reading = ['--commitment-policy', '--legacy-wrapping', '--legacy-content'];
const moving = [
  '--key',
  '--vault',
  '--bind',
  '--context',
  '--include',
  '--exclude',
  '--concurrency',
  '--json',
];

test.each<[string, string[]]>([
  ['seal', [...moving, '--region', '--part-size', '--dry-run', '--instruction-file', '--commitment-policy']],
  ['open', [...moving, '--region', '--part-size', '--dry-run', ...reading]],
  ['inspect', ['--json', '--region']],
  ['verify', [...moving, '--region', ...reading]],
  ['rewrap', [...moving, '--region', '--dry-run', ...reading, '--to-key', '--reseal', '--accept-key']],
  [
    'rebind',
    [...moving, '--region', '--dry-run', '--to-key', '--to-vault', '--to-bind', '--move', '--overwrite'],
  ],
  ['warm', [...moving, '--region', ...reading, '--cache', '--for', '--overwrite', '--requests-per-second']],
  ['list', ['--json', '--region']],
  ['history', ['--json', '--region']],
  ['rotate', ['--json', '--region', '--dry-run']],
  ['retire', ['--json', '--region', '--machine', '--disable', '--requests-per-second']],
])('%s has the options of the design', (name, expected) => {
  const command = every(createProgram(fakeIo(), () => undefined)).find((each) => each.name() === name);
  const options = command?.options.map(({ long }) => long) ?? [];
  expect(options).toEqual(expect.arrayContaining(expected));
});

const noSpace = 'sealdrop: error: no space is left for "standard output"';

/** The streams of a command whose standard output takes nothing, as a process notices it. */
function full(code: string): FakeIo {
  const io = fakeIo();
  io.stdout.failure = Object.assign(new Error(`write ${code}`), { code });
  io.stdout.on('error', io.stop);
  return io;
}

describe('an output that takes nothing', () => {
  test.each([
    [
      'ENOSPC',
      [
        noSpace,
        'sealdrop: hint: free space where standard output goes, or send it elsewhere, ' +
          'and run the command again',
      ],
    ],
    ['EIO', ['sealdrop: error: the system failed (EIO) at "standard output"', expect.any(String)]],
    ['EPIPE', []],
  ])('is a failure: %s', async (code, lines) => {
    const io = full(code);
    expect(await run(['--version'], io)).toBe(1);
    expect(io.stderr.text.split('\n').slice(0, -1)).toEqual(lines);
  });

  test.each([['--help'], ['help', 'seal'], ['seal', '--help'], ['-V']])(
    'is a failure, whatever the parser itself writes: %s %s',
    async (...args) => {
      const io = full('ENOSPC');
      expect(await run(args, io)).toBe(1);
      expect(io.stderr.text.split('\n')[0]).toBe(noSpace);
    },
  );

  test('is no failure of what was used wrongly', async () => {
    const io = full('ENOSPC');
    expect(await run(['xyzzy'], io)).toBe(2);
  });
});
