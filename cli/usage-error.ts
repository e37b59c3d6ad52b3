/** The command was used wrongly: it ends with exit code 2, before anything was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** What to do instead: lower case, no full stop. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
