import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** A stream that may be a terminal, which can be told to show nothing of what is typed. */
type InputStream = Readable & { readonly isTTY?: boolean; readonly setRawMode?: (isRaw: boolean) => unknown };

/** What the command talks to. */
export interface Io {
  readonly stdin: InputStream;
  /** Carries the result alone. */
  readonly stdout: OutputStream;
  /** Carries all else. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says that the user wants the command to stop. */
  readonly signal: AbortSignal;
}
