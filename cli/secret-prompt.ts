import { SealdropError } from '../envelope/index.ts';
import type { Io } from './io.ts';

const enter = [0x0a, 0x0d];
const endOfInput = 0x04;
const interrupt = 0x03;
const erase = [0x08, 0x7f];
const eraseAll = 0x15;

/**
 * Asks for one line on the terminal, without showing what is typed.
 *
 * @returns UTF-8, which the caller zero-fills
 * @throws {@link SealdropError} ABORTED for Ctrl-C, a stopped command, and a terminal that went away.
 */
export async function askSecret(
  question: string,
  { stdin, stderr, signal }: Pick<Io, 'stdin' | 'stderr' | 'signal'>,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const line = new SecretLine();
  const stop = (): void => {
    reject(new SealdropError('ABORTED', 'interrupted before a passphrase was typed'));
  };
  const take = (chunk: Buffer): void => {
    for (const [index, byte] of chunk.entries()) {
      if (byte === interrupt) stop();
      else if (byte === endOfInput || enter.includes(byte)) {
        // What follows answers the next question.
        const rest = Buffer.from(chunk.subarray(index + 1));
        stdin.pause();
        if (rest.length > 0) stdin.unshift(rest);
        resolve(line.taken());
      } else {
        line.type(byte);
        continue;
      }
      break;
    }
    chunk.fill(0);
  };
  stderr.write(`sealdrop: ${question}`);
  stdin.setRawMode?.(true);
  // After an earlier question it is paused, and a listener alone does not wake it.
  stdin.on('data', take).on('end', stop).resume();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    stdin.off('data', take).off('end', stop).pause();
    stdin.setRawMode?.(false);
    line.wipe();
    stderr.write('\n');
  }
}

/** What was typed so far, in a buffer of one place. */
class SecretLine {
  readonly #bytes = Buffer.alloc(4096);
  #length = 0;

  type(byte: number): void {
    if (erase.includes(byte)) this.#eraseCharacter();
    else if (byte === eraseAll) this.wipe();
    else if (byte >= 0x20 && this.#length < this.#bytes.length) this.#bytes[this.#length++] = byte;
  }

  /** A copy of it. */
  taken(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** All bytes of it. */
  #eraseCharacter(): void {
    let byte: number;
    do byte = this.#length === 0 ? 0 : (this.#bytes[(this.#length -= 1)] ?? 0);
    while ((byte & 0xc0) === 0x80);
  }
}
