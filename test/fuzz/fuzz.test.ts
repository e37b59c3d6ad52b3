import fc from 'fast-check';
import { describe, test } from '@jest/globals';
import { properties } from './properties.ts';

// A short run of what `npm run fuzz` runs for as long as one likes.

describe('for any input', () => {
  test.each(properties)('$name', async ({ property }) => {
    await fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns: 100 });
  });
});
