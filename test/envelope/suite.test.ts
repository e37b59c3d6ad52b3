import { describe, expect, test } from '@jest/globals';
import { committingSuite } from '../../envelope/suite.ts';

describe('the committing suite', () => {
  test('has the id 0x0073 in every notation', () => {
    expect(Buffer.from(committingSuite.idBytes).toString('hex')).toBe('0073');
    expect(Number(committingSuite.metadataValue)).toBe(0x0073);
  });

  test('has an IV of twelve bytes of 0x01', () => {
    expect(Buffer.from(committingSuite.iv).toString('hex')).toBe('01'.repeat(12));
  });

  test('fixes its lengths', () => {
    expect(committingSuite).toMatchObject({
      dataKeyBytes: 32,
      contentKeyBytes: 32,
      messageIdBytes: 28,
      commitmentBytes: 28,
      tagBytes: 16,
      maxContentBytes: 68_719_476_704,
    });
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(committingSuite)).toBe(true);
  });
});
