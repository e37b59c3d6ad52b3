import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import type { OutputLine } from './output-line.ts';
import { printable } from './printable.ts';
import { showBytes } from './sizes.ts';

/**
 * Tells of what was sealed or opened: a plan is a result and goes to standard output; that one object was there
 * already is a note. What was done is silent.
 */
export function tellMove(io: Io, isTree: boolean): (line: OutputLine) => void {
  return ({ verb, from, to = '', status, contentLengthBytes }) => {
    const size = contentLengthBytes === undefined ? '' : ` (${showBytes(contentLengthBytes)})`;
    if (status === 'planned') io.stdout.write(`${printable(`would ${verb} ${from} to ${to}${size}`)}\n`);
    if (status === 'current' && !isTree) reportNote(io, `${to} is current: there was nothing to do`);
  };
}
