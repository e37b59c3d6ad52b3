import { Readable, Writable } from 'node:stream';
import type { Io } from '../../cli/io.ts';

/** A standard output in memory, which may be a terminal. */
class FakeOutput extends Writable {
  readonly isTTY: boolean;
  columns: number;
  /** Each chunk as text, as it was when it was taken. */
  readonly writes: string[] = [];
  /** All of it, as it was when it was taken. */
  bytes: Buffer = Buffer.alloc(0);
  /** The very buffers that were written, so that a test can see what becomes of them. */
  readonly buffers: Buffer[] = [];
  /** What every further write fails with. */
  failure: Error | undefined;
  /** Whether it takes what was written a while later, as a pipe does. */
  isSlow = false;

  constructor(isTTY: boolean, columns = 80) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
    // As on a process, an error that nobody listens for is none of the test's.
    this.on('error', () => undefined);
  }

  /** All of it, as text. */
  get text(): string {
    return this.bytes.toString();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.isSlow) {
      setTimeout(() => {
        this.#take(chunk, done);
      }, 5);
    } else this.#take(chunk, done);
  }

  #take(chunk: Buffer, done: (error?: Error) => void): void {
    if (this.failure !== undefined) {
      done(this.failure);
      return;
    }
    this.writes.push(chunk.toString());
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.buffers.push(chunk);
    done();
  }
}

/** What a test gives to the command. */
export interface FakeIo extends Io {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Asks the command to stop; with a reason, because of a failure of its output. */
  readonly stop: (reason?: Error) => void;
}

/** What is different from a command in a pipe, with nothing in its environment and nothing to read. */
export interface FakeIoOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Io['env'];
  readonly stdin?: string;
}

/** The streams of one run of the command. */
export function fakeIo({ isTTY = false, columns, env = {}, stdin = '' }: FakeIoOptions = {}): FakeIo {
  const controller = new AbortController();
  return {
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: new FakeOutput(isTTY, columns),
    stderr: new FakeOutput(isTTY, columns),
    env,
    signal: controller.signal,
    stop: (reason) => {
      controller.abort(reason);
    },
  };
}
