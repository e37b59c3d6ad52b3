/** The beginning of a body: all of it, where it is short. */
export interface FirstPart {
  /** The whole body, where it has no more bytes than the limit. */
  readonly whole?: Buffer;
  /** The body from its first byte on, to be read once. Whoever stops early closes what it comes from. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a body until it has ended or has shown to be longer than a limit.
 *
 * @throws what the body throws.
 */
export async function firstPart(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<FirstPart> {
  const rest = chunks[Symbol.asyncIterator]();
  const gathered: Uint8Array[] = [];
  let lengthBytes = 0;
  while (lengthBytes <= limitBytes) {
    const next = await rest.next();
    if (next.done === true) {
      const whole = Buffer.concat(gathered);
      return { whole, body: joined([whole], rest) };
    }
    gathered.push(next.value);
    lengthBytes += next.value.length;
  }
  return { body: joined(gathered, rest) };
}

/** No generator: one that nobody has read from yet would not close the rest. */
function joined(gathered: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  // From its end, so that each chunk is let go of when it has been handed on.
  const waiting = gathered.toReversed();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const value = waiting.pop();
        return value === undefined ? rest.next() : { value, done: false };
      },
      return: async () => {
        waiting.length = 0;
        await rest.return?.();
        return { value: undefined, done: true };
      },
    }),
  };
}
