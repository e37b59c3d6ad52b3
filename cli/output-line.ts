import type { FailureText } from './failure.ts';
import type { Io } from './io.ts';
import { printableJson } from './printable.ts';

/** What came of one object. */
export type OutputStatus =
  | 'sealed'
  | 'opened'
  | 'rewrapped'
  | 'resealed'
  | 'rebound'
  | 'moved'
  | 'shared'
  | 'unshared'
  | 'not-shared'
  | 'current'
  | 'planned'
  | 'warmed'
  | 'archived'
  | 'not-sealed'
  | 'gone'
  | 'sound'
  | 'repaired'
  | 'finding'
  | 'failed';

/** What `--json` writes for each object that was worked on, one line each. */
export interface OutputLine {
  readonly verb: 'seal' | 'open' | 'verify' | 'rewrap' | 'rebind' | 'share' | 'unshare' | 'warm';
  readonly from: string;
  readonly to?: string | undefined;
  readonly status: OutputStatus;
  readonly contentLengthBytes?: number | undefined;
  readonly sealedLengthBytes?: number | undefined;
  readonly versionId?: string | undefined;
  readonly error?: FailureText | undefined;
}

/** Writes one line of JSON to standard output. */
export function writeJson({ stdout }: Pick<Io, 'stdout'>, value: unknown): void {
  stdout.write(`${printableJson(value)}\n`);
}
