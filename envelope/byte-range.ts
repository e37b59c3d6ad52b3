import { authenticationFailure, SealdropError } from './errors.ts';

/** A range of bytes as HTTP asks for it: from a first byte on, or the last so many bytes. */
export type RequestedRange =
  { readonly first: number; readonly last?: number } | { readonly suffixBytes: number };

/** A range of bytes that is there: both ends included, positions from 0. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A range that a store answered with, and the length of the whole. */
export interface AnsweredRange extends ByteRange {
  readonly totalBytes: number;
}

const blockBytes = 16;

/**
 * Reads the value of a Range header: `bytes=0-9`, `bytes=10-`, `bytes=-5`.
 *
 * @throws {@link SealdropError} RANGE_INVALID for anything else, several ranges among it.
 */
export function parseRange(header: string): RequestedRange {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) throw invalidRange('the range is not one of bytes');
  if (first === '') return { suffixBytes: Number(last) };
  if (last === '') return { first: Number(first) };
  if (Number(last) < Number(first)) throw invalidRange('the range ends before it begins');
  return { first: Number(first), last: Number(last) };
}

/**
 * The Range header that fetches the cipher blocks of a range of the plaintext, in whole, whatever the suite:
 * CBC needs the block before them too. It may reach into the tag and past the end.
 *
 * Spec: decryption.md#ranged-gets
 */
export function coveringRange(range: RequestedRange): string {
  // A tag or a padding of one block; a block that the suffix begins in; the block before; one that is cut.
  if ('suffixBytes' in range) return `bytes=-${range.suffixBytes + 4 * blockBytes}`;
  const first = Math.max(0, range.first - (range.first % blockBytes) - blockBytes);
  if (range.last === undefined) return `bytes=${first}-`;
  return `bytes=${first}-${range.last - (range.last % blockBytes) + blockBytes - 1}`;
}

/**
 * Reads the value of a Content-Range header.
 *
 * @throws {@link SealdropError} SERVICE_FAILED where it tells no total.
 */
export function parseContentRange(header: string): AnsweredRange {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header.trim());
  const [first = NaN, last = NaN, totalBytes = NaN] = (match ?? []).slice(1).map(Number);
  // Nothing compares with what is not there.
  if (first <= last && last < totalBytes) return { first, last, totalBytes };
  throw new SealdropError('SERVICE_FAILED', 'the range of the answer cannot be read');
}

/**
 * The bytes that a request for a range stands for, as HTTP has it: an end past the end is cut, a suffix that
 * is too long is everything.
 *
 * @param totalBytes - the length of the whole plaintext
 * @throws {@link SealdropError} RANGE_INVALID where no byte is in it.
 */
export function resolveRange(range: RequestedRange, totalBytes: number): ByteRange {
  const first = 'suffixBytes' in range ? Math.max(0, totalBytes - range.suffixBytes) : range.first;
  const last = Math.min(('suffixBytes' in range ? undefined : range.last) ?? Infinity, totalBytes - 1);
  if (first > last) throw invalidRange('no byte of the object is in the range');
  return { first, last };
}

/**
 * Cuts the wanted bytes out of a stream.
 *
 * @param chunks - the bytes from `offset` on
 * @throws {@link SealdropError} AUTHENTICATION_FAILED where the stream ends too early.
 */
export async function* cut(
  chunks: AsyncIterable<Buffer>,
  offset: number,
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  let position = offset;
  for await (const chunk of chunks) {
    const from = Math.max(0, first - position);
    const to = Math.min(chunk.length, last + 1 - position);
    if (from < to) yield chunk.subarray(from, to);
    position += chunk.length;
    if (position > last) return;
  }
  throw authenticationFailure();
}

function invalidRange(message: string): SealdropError {
  return new SealdropError('RANGE_INVALID', message);
}
