/** Something about this machine or this run that the user can put right. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
  /** Lower case, no full stop. */
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
