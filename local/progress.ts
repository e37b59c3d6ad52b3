/** One line that changes on a terminal, and a line now and then elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream = process.stderr;
  #lastLine = '';
  #lastPrinted = 0;

  /** Shows how things stand. */
  show(line: string): void {
    if (line === this.#lastLine) return;
    this.#lastLine = line;
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[2K  ${line}`);
    } else if (Date.now() - this.#lastPrinted > 2_000) {
      this.#lastPrinted = Date.now();
      this.#out.write(`  ${line}\n`);
    }
  }

  /** Ends the line with how things stand at last. */
  end(line: string): void {
    this.#out.write(this.#out.isTTY ? `\r\u001b[2K  ${line}\n` : `  ${line}\n`);
    this.#lastLine = '';
  }
}
