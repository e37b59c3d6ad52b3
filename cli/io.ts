import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What the command talks to. */
export interface Io {
  readonly stdin: Readable;
  /** Carries the result alone. */
  readonly stdout: OutputStream;
  /** Carries all else. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says that the user wants the command to stop. */
  readonly signal: AbortSignal;
}
