import { SealdropError } from '../envelope/index.ts';

/** Fetches the bytes from `first` to `last`, both included. */
export type FetchRange = (first: number, last: number, signal: AbortSignal) => Promise<Uint8Array>;

/** How a ranged read shapes its requests. */
export interface RangedReadOptions {
  readonly rangeBytes: number;
  /** How many ranges are on their way at once; memory is about `rangeBytes` times one more than that. */
  readonly rangesAhead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads `lengthBytes` bytes in ranges, some ahead of the reader, in order. Each range is fetched whole before
 * it is handed on, so that a broken connection costs one range and not the stream.
 *
 * @throws {@link SealdropError} CONTENT_LENGTH_MISMATCH where a range is not as long as it was asked for, and
 *   whatever `fetch` throws. The ranges under way are then stopped.
 */
export async function* readInRanges(
  fetch: FetchRange,
  lengthBytes: number,
  { rangeBytes, rangesAhead, signal }: RangedReadOptions,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const anySignal = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const underWay: Promise<Uint8Array>[] = [];
  let next = 0;
  const startRange = (): void => {
    const first = next;
    const last = Math.min(first + rangeBytes, lengthBytes) - 1;
    next = last + 1;
    const range = fetch(first, last, anySignal).then((bytes) => wholeRange(bytes, last - first + 1));
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

function wholeRange(bytes: Uint8Array, expectedBytes: number): Uint8Array {
  if (bytes.length === expectedBytes) return bytes;
  throw new SealdropError('CONTENT_LENGTH_MISMATCH', 'the store sent a range of another length', {
    fields: { expectedBytes, receivedBytes: bytes.length },
  });
}
