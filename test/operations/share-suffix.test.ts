import { describe, expect, test } from '@jest/globals';
import { assertShareSuffix, isShareSuffix } from '../../operations/share-suffix.ts';
import { failureOf } from '../support/bytes.ts';

describe('the suffix of a share', () => {
  test.each(['.partner', '.p', '.Acme-2026_b', `.${'x'.repeat(64)}`])('may be "%s"', (suffix) => {
    expect(() => {
      assertShareSuffix(suffix);
    }).not.toThrow();
    expect(isShareSuffix(suffix)).toBe(true);
  });

  test.each([
    ...['', '.', 'partner', '.a.b', '.partner/', '/.partner', '.part ner', '.pärtner', '.*', '..'],
    ...['.partner\n', `.${'x'.repeat(65)}`, '.partner.instruction'],
  ])('may not be "%s"', async (suffix) => {
    expect(
      (
        await failureOf(() => {
          assertShareSuffix(suffix);
        })
      ).code,
    ).toBe('CONFIGURATION_INVALID');
    expect(isShareSuffix(suffix)).toBe(false);
  });

  test.each(['.instruction', '.INSTRUCTION', '.Instruction'])(
    'may not be "%s", which is the own file’s',
    async (suffix) => {
      expect(
        (
          await failureOf(() => {
            assertShareSuffix(suffix);
          })
        ).code,
      ).toBe('RESERVED_NAME');
      expect(isShareSuffix(suffix)).toBe(false);
    },
  );

  test('may not be that of an own file with another name', async () => {
    expect(
      (
        await failureOf(() => {
          assertShareSuffix('.env', '.env');
        })
      ).code,
    ).toBe('RESERVED_NAME');
  });
});
