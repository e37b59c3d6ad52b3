import { describe, expect, test } from '@jest/globals';
import type { CipherInputs } from '../../envelope/content-cipher.ts';
import { assertDataKey, isCommitting, withContentKey } from '../../envelope/content-key.ts';
import { deriveContentKey } from '../../envelope/key-derivation.ts';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';
import { failureOf, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import { cbcContent, committingContent, gcmContent } from '../support/envelopes.ts';

const dataKey = patternBytes(32, 'data key');
const committing = committingContent(dataKey);
const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex');

describe('the key of a content with a commitment', () => {
  test('is lent with the constant IV, and with the suite id as AAD', () => {
    const lent = withContentKey(dataKey, committing, ({ key, iv, aad }) => [hex(key), hex(iv), hex(aad)]);
    expect(lent).toEqual([hex(deriveContentKey(dataKey, committing.messageId)), '01'.repeat(12), '0073']);
  });

  test('is zero-filled after it was used, and the data key is not', () => {
    const ownKey = Buffer.from(dataKey);
    let lent: unknown;
    withContentKey(ownKey, committing, ({ key }) => {
      lent = key;
      expect(isWiped(key as Uint8Array)).toBe(false);
    });
    expect(lent).toHaveLength(32);
    expect(isWiped(lent as Uint8Array)).toBe(true);
    expect(hex(ownKey)).toBe(hex(dataKey));
  });

  test('is zero-filled where its use fails', () => {
    let lent: unknown;
    const failing = ({ key }: CipherInputs) => {
      lent = key;
      throw new Error('no cipher');
    };
    expect(() => withContentKey(dataKey, committing, failing)).toThrow('no cipher');
    expect(isWiped(lent as Uint8Array)).toBe(true);
  });

  test.each([
    ['commitment', { ...committing, commitment: withFlippedBit(committing.commitment, 0) }, dataKey],
    ['message id', { ...committing, messageId: withFlippedBit(committing.messageId, 0) }, dataKey],
    ['data key', committing, withFlippedBit(dataKey, 31)],
  ])('is lent to nobody where the %s is another', async (_, content, key) => {
    let isLent = false;
    const failure = await failureOf(() => {
      withContentKey(key, content, () => {
        isLent = true;
      });
    });
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(isLent).toBe(false);
  });
});

describe('the key of a content without a commitment', () => {
  test.each([gcmContent, cbcContent])('is the data key itself, which stays: $suite.name', (content) => {
    const ownKey = Buffer.from(dataKey);
    const lent = withContentKey(ownKey, content, (inputs) => inputs);
    expect(lent).toEqual({ key: ownKey, iv: content.iv });
    expect(lent.key).toBe(ownKey);
    expect(hex(ownKey)).toBe(hex(dataKey));
  });
});

describe('a data key', () => {
  test.each([committingSuite, gcmSuite, cbcSuite])('has 32 bytes for $name', async (suite) => {
    expect(() => {
      assertDataKey(dataKey, suite);
    }).not.toThrow();
    for (const lengthBytes of [0, 1, 16, 31, 33, 64]) {
      const failure = await failureOf(() => {
        assertDataKey(patternBytes(lengthBytes), suite);
      });
      expect(failure.code).toBe('DATA_KEY_INVALID');
      expect(failure.message).toBe(`the data key has ${lengthBytes} bytes`);
    }
  });

  test.each([committing, gcmContent, cbcContent])(
    'of another length is never used: $suite.name',
    async (content) => {
      let isLent = false;
      const failure = await failureOf(() => {
        withContentKey(patternBytes(16), content, () => {
          isLent = true;
        });
      });
      expect(failure.code).toBe('DATA_KEY_INVALID');
      expect(isLent).toBe(false);
    },
  );
});

test.each([
  [committing, true],
  [gcmContent, false],
  [cbcContent, false],
])('content parameters commit only with a committing suite', (content, expected) => {
  expect(isCommitting(content)).toBe(expected);
});
