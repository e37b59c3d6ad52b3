/** A configuration that cannot be deployed, with what to do about it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** Lower case, no full stop. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
