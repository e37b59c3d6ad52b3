import type { FailureText } from './failure.ts';
import type { Io } from './io.ts';
import { printableJson } from './printable.ts';

/** What `--json` writes for each object that was worked on, one line each. */
export interface OutputLine {
  readonly verb: 'seal' | 'open' | 'verify';
  readonly from: string;
  readonly to?: string | undefined;
  readonly status: 'sealed' | 'opened' | 'current' | 'planned' | 'sound' | 'repaired' | 'finding' | 'failed';
  readonly contentLengthBytes?: number | undefined;
  readonly versionId?: string | undefined;
  readonly error?: FailureText | undefined;
}

/** Writes one line of JSON to standard output. */
export function writeJson({ stdout }: Pick<Io, 'stdout'>, value: unknown): void {
  stdout.write(`${printableJson(value)}\n`);
}
