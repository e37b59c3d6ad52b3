import { describe, expect, test } from '@jest/globals';
import { envelopeNames } from '../../envelope/index.ts';
import { assertMetadataFits, assertNoReservedEntries } from '../../operations/metadata-limits.ts';
import { failureOf } from '../support/bytes.ts';

describe('reserved metadata', () => {
  test.each([...envelopeNames, 'sealdrop-source', 'sealdrop-', 'sealdrop-anything'])(
    'is refused: %s, in any case',
    async (name) => {
      for (const spelled of [name, name.toUpperCase()]) {
        const failure = await failureOf(() => {
          assertNoReservedEntries({ title: 'x', [spelled]: 'secret-value' });
        });
        expect(failure.code).toBe('RESERVED_METADATA');
        expect(failure.fields).toEqual({ names: [name] });
      }
    },
  );

  test.each(['title', 'x-amz-other', 'sealdrop', 'my-sealdrop-note', 'x-amz-key-v3'])('is not %s', (name) => {
    expect(() => {
      assertNoReservedEntries({ [name]: 'x' });
    }).not.toThrow();
  });
});

describe('the size of metadata', () => {
  test.each([
    ['one entry', { a: 'x'.repeat(2047) }],
    ['two entries', { a: 'x'.repeat(1000), b: 'x'.repeat(1046) }],
    ['bytes, not characters', { a: 'ü'.repeat(1023) + 'x' }],
  ])('may be 2048 bytes: %s', (_, metadata) => {
    expect(() => {
      assertMetadataFits(metadata);
    }).not.toThrow();
  });

  test.each([
    ['one entry', { a: 'x'.repeat(2048) }],
    ['two entries', { a: 'x'.repeat(1000), b: 'x'.repeat(1047) }],
    ['bytes, not characters', { a: 'ü'.repeat(1024) }],
  ])('may not be 2049: %s', async (_, metadata) => {
    const failure = await failureOf(() => {
      assertMetadataFits(metadata);
    });
    expect(failure.code).toBe('METADATA_TOO_LARGE');
    expect(failure.fields).toEqual({ sizeBytes: 2049, maxMetadataBytes: 2048 });
  });
});
