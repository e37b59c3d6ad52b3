import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { SealdropError } from '../envelope/index.ts';
import { openToBuffer, openUnverified, type OpenOptions } from '../operations/open-object.ts';
import { hasCode } from './files/file-errors.ts';
import type { Io } from './io.ts';
import type { Located } from './located.ts';
import { toOutputError } from './output-error.ts';
import { UsageError } from './usage-error.ts';

/** How a plaintext goes to standard output. */
export interface OutputFlags {
  readonly bufferLimit: number;
  readonly delayedAuth?: true;
  readonly json?: true;
}

/**
 * Opens one object to standard output: verified before the first byte, unless the user asked for delayed
 * authentication.
 *
 * @throws {@link UsageError}; {@link SealdropError} BUFFER_LIMIT_EXCEEDED, BINARY_TO_TERMINAL, and what
 *   opening throws.
 */
export async function openToOutput(
  { bucket, key }: Located,
  options: OpenOptions,
  { bufferLimit, delayedAuth, json }: OutputFlags,
  { stdout }: Pick<Io, 'stdout'>,
): Promise<void> {
  if (json === true)
    throw new UsageError('--json and "-" both want standard output', 'leave one of them out');
  if (delayedAuth === true) {
    if (stdout.isTTY === true) throw toTerminal('what is not verified does not go to a terminal');
    await streamed(await openUnverified({ bucket, key }, options), stdout);
    return;
  }
  const content = await verifiedContent({ bucket, key }, options, bufferLimit);
  try {
    if (stdout.isTTY === true && !isText(content))
      throw toTerminal('the content is not text and does not go to a terminal');
    await toOutput(written(stdout, content));
  } finally {
    content.fill(0);
  }
}

async function verifiedContent(
  address: { bucket: string; key: string },
  options: OpenOptions,
  limitBytes: number,
): Promise<Buffer> {
  try {
    return (await openToBuffer(address, options, limitBytes)).content;
  } catch (error) {
    if (!(error instanceof SealdropError && error.code === 'BUFFER_LIMIT_EXCEEDED')) throw error;
    throw new SealdropError(error.code, error.message, {
      fields: error.fields,
      hint: 'open it to a file, raise --buffer-limit, or take what is not verified yet with --delayed-auth',
    });
  }
}

/** When a stream has taken all of it, so that it can be zero-filled. */
function written(stdout: Io['stdout'], content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(content, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
  });
}

/** Whoever went away before the end has something that was never verified. */
async function streamed(plaintext: AsyncIterable<Buffer>, stdout: Io['stdout']): Promise<void> {
  try {
    await pipeline(plaintext, stdout, { end: false });
  } catch (error) {
    if (!isReaderGone(error)) throw toOutputError(error);
    throw new SealdropError('ABORTED', 'standard output was closed before the object was verified', {
      hint: 'do not use what was read of it',
    });
  }
}

function isReaderGone(error: unknown): boolean {
  return hasCode(error, 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE');
}

/** A reader that went away has what it wanted; all else is a failure of the output. */
async function toOutput(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isReaderGone(error)) return;
    throw toOutputError(error);
  }
}

/** Control characters other than tabs and line ends could make a terminal do things. */
function isText(content: Buffer): boolean {
  return isUtf8(content) && !/(?![\t\n\r])\p{Cc}/u.test(content.toString('utf8'));
}

function toTerminal(message: string): SealdropError {
  return new SealdropError('BINARY_TO_TERMINAL', message);
}
