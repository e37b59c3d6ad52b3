import { expect, test } from '@jest/globals';
import { maxParts, partBytesFor } from '../../operations/part-limits.ts';

test.each([
  [0, 5],
  [5 * maxParts, 5],
  [5 * maxParts + 1, 6],
  [6 * maxParts, 6],
])('%i bytes go in parts of %i bytes, of which there are not too many', (lengthBytes, partBytes) => {
  expect(partBytesFor(lengthBytes, 5)).toBe(partBytes);
  expect(Math.ceil(lengthBytes / partBytes)).toBeLessThanOrEqual(maxParts);
});
