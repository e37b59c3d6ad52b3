import { styleText } from 'node:util';
import { SealdropError } from '../envelope/index.ts';
import type { Io } from './io.ts';
import { printable } from './printable.ts';
import { UsageError } from './usage-error.ts';

/** What is told of a failure, or of what a verification found. */
export interface FailureText {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The words for whatever was thrown. What is not of this package is a defect of it. */
export function describeFailure(error: unknown): FailureText {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message, hint: error.hint };
  if (error instanceof SealdropError) {
    return { code: error.code, message: messageOf(error), hint: error.hint };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'DEFECT',
    message,
    hint: 'this should not happen: report it with the command that you typed',
  };
}

/** Tells a failure on standard error: what is wrong, then what to do next, where that was not said before. */
export function reportFailure(
  io: Pick<Io, 'stderr' | 'env'>,
  { message, hint }: Pick<FailureText, 'message' | 'hint'>,
): void {
  io.stderr.write(`sealdrop: ${painted('error:', 'red', io)} ${printable(message)}\n`);
  if (hint !== '') io.stderr.write(`sealdrop: ${painted('hint:', 'cyan', io)} ${printable(hint)}\n`);
}

/** A note on standard error. */
export function reportNote({ stderr }: Pick<Io, 'stderr'>, note: string): void {
  stderr.write(`sealdrop: ${printable(note)}\n`);
}

/** With colours on a terminal, unless `NO_COLOR` is set: https://no-color.org */
function painted(text: string, colour: 'red' | 'cyan', { stderr, env }: Pick<Io, 'stderr' | 'env'>): string {
  const isPainted = stderr.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return isPainted ? styleText(colour, text, { validateStream: false }) : text;
}

/** The names, and never the values, that tell why a context does not match. */
function messageOf({ message, code, fields }: SealdropError): string {
  if (code !== 'CONTEXT_MISMATCH') return message;
  const parts = ['missing', 'unexpected', 'different'].flatMap((kind) => {
    const names = fields[kind];
    return Array.isArray(names) && names.length > 0 ? [`${kind}: ${names.join(', ')}`] : [];
  });
  const expected = fields['expectedNames'];
  const names = Array.isArray(expected) && expected.length > 0 ? expected.join(', ') : 'none';
  return [message, `expected names: ${names}`, ...parts].join('; ');
}
