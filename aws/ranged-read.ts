import { SealdropError } from '../envelope/index.ts';

/** Fetches the bytes from `first` to `last`, both included: all of them, or it throws. */
export type FetchRange = (first: number, last: number, signal: AbortSignal) => Promise<Uint8Array>;

/** How a ranged read shapes its requests. */
export interface RangedReadOptions {
  /**
   * The position of the first byte to read.
   * @defaultValue 0
   */
  readonly fromBytes?: number;
  readonly rangeBytes: number;
  /** How many ranges are on their way at once; memory is about `rangeBytes` times one more than that. */
  readonly rangesAhead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an object in ranges, some ahead of the reader, in order. Each range is fetched whole before it is
 * handed on, so that a broken connection costs one range and not the stream.
 *
 * @param lengthBytes - the length of the whole object
 * @throws whatever `fetch` throws. The ranges under way are then stopped.
 */
export async function* readInRanges(
  fetch: FetchRange,
  lengthBytes: number,
  { fromBytes = 0, rangeBytes, rangesAhead, signal }: RangedReadOptions,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const anySignal = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const underWay: Promise<Uint8Array>[] = [];
  let next = fromBytes;
  const startRange = (): void => {
    const first = next;
    const last = Math.min(first + rangeBytes, lengthBytes) - 1;
    next = last + 1;
    const range = fetch(first, last, anySignal);
    // A range that fails while nobody waits for it yet is reported when its turn comes.
    range.catch(() => undefined);
    underWay.push(range);
  };
  try {
    while (next < lengthBytes || underWay.length > 0) {
      while (next < lengthBytes && underWay.length < rangesAhead) startRange();
      const range = await underWay.shift();
      if (range !== undefined) yield range;
    }
  } finally {
    stop.abort();
  }
}

/**
 * The body of one range, in one buffer that is made once.
 *
 * @throws {@link SealdropError} CONTENT_LENGTH_MISMATCH where it does not have `expectedBytes` bytes, and
 *   whatever the body throws.
 */
export async function gatherRange(body: AsyncIterable<Uint8Array>, expectedBytes: number): Promise<Buffer> {
  const range = Buffer.allocUnsafeSlow(expectedBytes);
  let receivedBytes = 0;
  for await (const chunk of body) {
    if (receivedBytes + chunk.length <= expectedBytes) range.set(chunk, receivedBytes);
    receivedBytes += chunk.length;
  }
  if (receivedBytes === expectedBytes) return range;
  throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the store sent a range of another length', {
    fields: { expectedBytes, receivedBytes },
  });
}
