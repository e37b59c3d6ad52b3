import type { SealdropError } from '../envelope/index.ts';
import { describeFailure, reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { writeJson, type OutputLine } from './output-line.ts';
import type { Progress } from './progress.ts';

/** How what is passed over is told. */
export interface PassedOverOptions {
  readonly json: boolean;
  /** Whether the user wants what has this name below the folder. */
  readonly isWanted: (name: string) => boolean;
}

/** What below a folder cannot be read: told of, and counted as failed. */
export class PassedOver {
  readonly #io: Io;
  readonly #verb: OutputLine['verb'];
  readonly #json: boolean;
  readonly #isWanted: (name: string) => boolean;
  readonly #toldHints = new Set<string>();
  #progress: Pick<Progress, 'clear'> | undefined;
  #count = 0;

  constructor(io: Io, verb: OutputLine['verb'], { json, isWanted }: PassedOverOptions) {
    this.#io = io;
    this.#isWanted = isWanted;
    this.#verb = verb;
    this.#json = json;
  }

  get count(): number {
    return this.#count;
  }

  /** From now on makes room on the terminal before it tells anything. */
  tellBeside(progress: Pick<Progress, 'clear'>): void {
    this.#progress = progress;
  }

  /** Takes note of one thing that a list comes upon. */
  readonly note = (path: string, error: SealdropError): void => {
    if (!this.#isWanted(path)) return;
    this.#count += 1;
    this.#progress?.clear();
    const failure = describeFailure(error);
    const { path: from = path } = error.fields;
    if (this.#json) writeJson(this.#io, { verb: this.#verb, from, status: 'failed', error: failure });
    else reportFailure(this.#io, { ...failure, hint: this.#newHint(failure.hint) });
  };

  /** What to do next is said once for all that was passed over for the same reason. */
  #newHint(hint: string): string {
    if (this.#toldHints.has(hint)) return '';
    this.#toldHints.add(hint);
    return hint;
  }
}
