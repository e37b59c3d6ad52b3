import { describe, expect, test } from '@jest/globals';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';

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

  test('commits, and is written', () => {
    expect(committingSuite).toMatchObject({
      name: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
      isCommitting: true,
      isLegacy: false,
    });
  });
});

describe('the suites without a commitment', () => {
  test('are GCM, which may be written', () => {
    expect(gcmSuite).toEqual({
      name: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
      metadataValue: 'AES/GCM/NoPadding',
      isCommitting: false,
      isLegacy: false,
      dataKeyBytes: 32,
      ivBytes: 12,
      tagBytes: 16,
      maxContentBytes: 68_719_476_704,
    });
  });

  test('are CBC, which is legacy and has no tag', () => {
    expect(cbcSuite).toEqual({
      name: 'ALG_AES_256_CBC_IV16_NO_KDF',
      metadataValue: 'AES/CBC/PKCS5Padding',
      isCommitting: false,
      isLegacy: true,
      dataKeyBytes: 32,
      ivBytes: 16,
      tagBytes: 0,
      maxContentBytes: Number.MAX_SAFE_INTEGER,
    });
  });

  test.each([gcmSuite, cbcSuite])('cannot be changed: $name', (suite) => {
    expect(Object.isFrozen(suite)).toBe(true);
  });
});
