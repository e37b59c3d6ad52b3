import fc from 'fast-check';
import { parseContentRange, parseRange, type AnsweredRange } from '../../envelope/byte-range.ts';

/** Answers a Range header as HTTP has it; nothing where no byte of what is stored is in the range. */
export function answerRange(
  stored: Buffer,
  header: string,
): { bytes: Buffer; answered: AnsweredRange } | undefined {
  const range = parseRange(header);
  const first = 'suffixBytes' in range ? Math.max(0, stored.length - range.suffixBytes) : range.first;
  const asked = 'suffixBytes' in range ? undefined : range.last;
  const last = Math.min(asked ?? stored.length - 1, stored.length - 1);
  if (first > last) return undefined;
  const answered = parseContentRange(`bytes ${first}-${last}/${stored.length}`);
  return { bytes: stored.subarray(first, last + 1), answered };
}

/** Range headers of every form, up to so many bytes. */
export function rangeHeaders(maxBytes: number): fc.Arbitrary<string> {
  const position = fc.nat(maxBytes);
  return fc.oneof(
    fc.tuple(position, position).map(([a, b]) => `bytes=${Math.min(a, b)}-${Math.max(a, b)}`),
    position.map((first) => `bytes=${first}-`),
    position.map((suffixBytes) => `bytes=-${suffixBytes}`),
  );
}

/** Range headers around the edges of a block. */
export const edgeRangeHeaders: readonly string[] = [
  'bytes=0-',
  'bytes=0-0',
  'bytes=0-15',
  'bytes=15-16',
  'bytes=16-',
  'bytes=31-32',
  'bytes=32-33',
  'bytes=-1',
  'bytes=-16',
  'bytes=-17',
  'bytes=-99',
];
