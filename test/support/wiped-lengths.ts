import { jest } from '@jest/globals';
import { isWiped } from './bytes.ts';

/** Watches buffers from now on, and tells the lengths of those that were zero-filled and still are, in turn. */
export function wipedLengths(): () => number[] {
  const fill = jest.spyOn(Buffer.prototype, 'fill');
  return () => (fill.mock.contexts as Buffer[]).filter(isWiped).map(({ length }) => length);
}
