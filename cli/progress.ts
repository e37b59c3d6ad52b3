import type { Io } from './io.ts';
import { plural, showBytes, showSeconds } from './sizes.ts';

/** What there is to do, as far as it is known. */
export interface Totals {
  objects: number;
  bytes: number;
  /** Whether all of it was counted. */
  isComplete: boolean;
}

/** What the rate of some work is told in. */
export type ProgressMeasure = 'bytes' | 'objects';

const refreshMilliseconds = 200;

/**
 * One line on a terminal that tells how far the work is. Elsewhere nothing is written.
 */
export class Progress {
  readonly totals: Totals = { objects: 0, bytes: 0, isComplete: false };
  readonly #io: Pick<Io, 'stderr'>;
  readonly #now: () => number;
  readonly #measure: ProgressMeasure;
  readonly #started: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #objects = 0;
  #bytes = 0;

  /**
   * @param now - a clock in milliseconds
   * @param measure - whether work takes as long as there are bytes, or as there are objects
   */
  constructor(
    io: Pick<Io, 'stderr'>,
    now: () => number = () => performance.now(),
    measure: ProgressMeasure = 'bytes',
  ) {
    this.#io = io;
    this.#measure = measure;
    this.#now = now;
    this.#started = now();
    if (io.stderr.isTTY !== true) return;
    this.#timer = setInterval(() => {
      this.#draw();
    }, refreshMilliseconds);
    this.#timer.unref();
  }

  /** Whether somebody sees it. */
  get isShown(): boolean {
    return this.#timer !== undefined;
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  addObject(): void {
    this.#objects += 1;
  }

  /** Makes room for a line of another kind. */
  clear(): void {
    if (this.isShown) this.#io.stderr.write('\r\u001b[K');
  }

  /** Ends it, and leaves nothing on the terminal. */
  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  /** What the line says: objects, bytes, rate, time left. */
  line(): string {
    const { objects, bytes, isComplete } = this.totals;
    const seconds = (this.#now() - this.#started) / 1000;
    const rate = seconds > 0 ? this.#bytes / seconds : 0;
    const total = (value: string): string => (isComplete ? ` of ${value}` : '');
    const done = this.#objects.toLocaleString('en-US');
    const things = plural(isComplete ? objects : this.#objects, 'object');
    const perSecond = seconds > 0 ? this.#objects / seconds : 0;
    const parts = [
      `${done}${total(objects.toLocaleString('en-US'))} ${things}`,
      ...(this.#measure === 'objects'
        ? [`${perSecond.toFixed(1)}/s`]
        : [`${showBytes(this.#bytes)}${total(showBytes(bytes))}`, `${showBytes(rate)}/s`]),
    ];
    const left = this.#secondsLeft(seconds, rate);
    return [...parts, ...(left === undefined ? [] : [`${showSeconds(left)} left`])].join(' · ');
  }

  /** By bytes or by objects, whichever is further behind. */
  #secondsLeft(seconds: number, rate: number): number | undefined {
    const { objects, bytes, isComplete } = this.totals;
    if (!isComplete || seconds === 0 || this.#objects + this.#bytes === 0) return undefined;
    const byBytes = rate === 0 ? 0 : Math.max(0, bytes - this.#bytes) / rate;
    const byObjects =
      this.#objects === 0 ? 0 : Math.max(0, objects - this.#objects) / (this.#objects / seconds);
    return Math.max(byBytes, byObjects);
  }

  #draw(): void {
    const { columns = 80 } = this.#io.stderr;
    this.#io.stderr.write(`\r${this.line().slice(0, Math.max(0, columns - 1))}\u001b[K`);
  }
}
