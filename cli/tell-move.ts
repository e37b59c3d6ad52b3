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
  return (line) => {
    if (line.status === 'planned') io.stdout.write(`${printable(planOf(line))}\n`);
    if (line.status === 'current' && !isTree) {
      reportNote(io, `${line.to ?? ''} is current: there was nothing to do`);
    }
  };
}

function planOf({ verb, from, to = '', contentLengthBytes }: OutputLine): string {
  const size = contentLengthBytes === undefined ? '' : ` (${showBytes(contentLengthBytes)})`;
  return `would ${verb} ${from} to ${to}${size}`;
}
