import type { SealdropError } from '../envelope/index.ts';
import { describeFailure, reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { writeJson, type OutputLine } from './output-line.ts';

/** How what is passed over is told. */
export interface PassedOverOptions {
  readonly json: boolean;
  /** Whether the user wants what has this name below the folder. */
  readonly isWanted: (name: string) => boolean;
}

/** What below a folder cannot be read: told of once, and counted as failed. */
export class PassedOver {
  readonly #io: Io;
  readonly #verb: OutputLine['verb'];
  readonly #json: boolean;
  readonly #isWanted: (name: string) => boolean;
  readonly #paths = new Set<string>();

  constructor(io: Io, verb: OutputLine['verb'], { json, isWanted }: PassedOverOptions) {
    this.#io = io;
    this.#isWanted = isWanted;
    this.#verb = verb;
    this.#json = json;
  }

  get count(): number {
    return this.#paths.size;
  }

  readonly note = (path: string, error: SealdropError): void => {
    if (this.#paths.has(path) || !this.#isWanted(path)) return;
    this.#paths.add(path);
    const failure = describeFailure(error);
    const { path: from = path } = error.fields;
    if (this.#json) writeJson(this.#io, { verb: this.#verb, from, status: 'failed', error: failure });
    else reportFailure(this.#io, failure);
  };
}
