import { describe, expect, test } from '@jest/globals';
import { verifyCommitment } from '../../envelope/key-commitment.ts';
import { deriveCommitment } from '../../envelope/key-derivation.ts';
import { failureOf, patternBytes, withFlippedBit } from '../support/bytes.ts';

const dataKey = patternBytes(32);
const messageId = patternBytes(28, 'id');
const commitment = deriveCommitment(dataKey, messageId);

describe('the key commitment', () => {
  test('of the same data key and message id is accepted', () => {
    expect(() => {
      verifyCommitment(dataKey, messageId, commitment);
    }).not.toThrow();
  });

  test.each(Array.from({ length: 28 }, (_, index) => index))(
    'with byte %i altered is refused',
    async (at) => {
      const failure = await failureOf(() => {
        verifyCommitment(dataKey, messageId, withFlippedBit(commitment, at));
      });
      expect(failure.code).toBe('AUTHENTICATION_FAILED');
    },
  );

  test.each([
    ['empty', Buffer.alloc(0)],
    ['one byte short', commitment.subarray(0, 27)],
    ['one byte long', Buffer.concat([commitment, Buffer.alloc(1)])],
    ['all zero', Buffer.alloc(28)],
  ])('that is %s is refused', async (_, stored) => {
    const failure = await failureOf(() => {
      verifyCommitment(dataKey, messageId, stored);
    });
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test.each([
    ['another data key', patternBytes(32, 'other'), messageId],
    ['another message id', dataKey, patternBytes(28, 'other')],
  ])('of %s is refused', async (_, otherKey, otherId) => {
    const failure = await failureOf(() => {
      verifyCommitment(otherKey, otherId, commitment);
    });
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });
});
