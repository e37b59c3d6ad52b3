import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { toFileError } from './files/file-errors.ts';
import type { Io } from './io.ts';
import { notEmpty } from './options.ts';
import { askSecret } from './secret-prompt.ts';
import { UsageError } from './usage-error.ts';

/** Where a passphrase is, if it is not asked for. */
export interface PassphraseFlags {
  readonly passphraseFile?: string;
}

/** `--passphrase-file` */
export function passphraseFile(): Option {
  return new Option(
    '--passphrase-file <file>',
    "the file whose first line is the cache's passphrase; otherwise SEALDROP_CACHE_PASSPHRASE, or the terminal",
  ).argParser(notEmpty);
}

const variable = 'SEALDROP_CACHE_PASSPHRASE';
const leastCharacters = 12;
const mostBytes = 1024;

/**
 * The passphrase of a cache: from a file, from the environment, or typed on the terminal.
 *
 * @param isNew - whether it is to be typed twice
 * @returns UTF-8, which the caller zero-fills
 * @throws {@link UsageError} where there is none, or one that is too short; {@link SealdropError} FILE_NOT_FOUND,
 *   …, ABORTED.
 */
export async function passphraseOf(flags: PassphraseFlags, io: Io, isNew: boolean): Promise<Buffer> {
  const { [variable]: inEnvironment = '' } = io.env;
  if (flags.passphraseFile !== undefined) return checked(await firstLineOf(flags.passphraseFile));
  if (inEnvironment !== '') return checked(Buffer.from(inEnvironment));
  return typed(io, isNew);
}

async function typed(io: Io, isNew: boolean): Promise<Buffer> {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    throw new UsageError(
      'there is no terminal to ask for the passphrase of the cache',
      `name a file that holds it with --passphrase-file, or set ${variable}`,
    );
  }
  const passphrase = checked(await askSecret('passphrase of the cache: ', io));
  if (!isNew) return passphrase;
  const again = await askSecret('once more: ', io).catch((error: unknown) => {
    passphrase.fill(0);
    throw error;
  });
  const isSame = passphrase.equals(again);
  again.fill(0);
  if (isSame) return passphrase;
  passphrase.fill(0);
  throw new UsageError('the two passphrases differ', 'run it again, and type the same one twice');
}

/** As editors and `echo` write it, with the end of the line. */
async function firstLineOf(path: string): Promise<Buffer> {
  const content = await readFile(path).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  const end = content.indexOf('\n');
  const line = content.subarray(0, end === -1 ? content.length : end);
  const passphrase = Buffer.from(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
  content.fill(0);
  return passphrase;
}

function checked(passphrase: Buffer): Buffer {
  const characters = passphrase.filter((byte) => (byte & 0xc0) !== 0x80).length;
  if (characters >= leastCharacters && passphrase.length <= mostBytes) return passphrase;
  const what = characters < leastCharacters ? 'short' : 'long';
  passphrase.fill(0);
  throw new UsageError(
    `the passphrase of the cache is too ${what}`,
    `take ${leastCharacters} characters or more, and at most ${mostBytes} bytes: several words that nobody can guess`,
  );
}
