import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { CommitmentPolicy } from '../../envelope/commitment-policy.ts';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { bindContext } from '../../envelope/encryption-context.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { EncryptedDataKey, Keyring } from '../../envelope/keyring.ts';
import { startOpen, startOpenCbcRange, startOpenRange, type StartOpenOptions } from '../../envelope/open.ts';
import { startSeal } from '../../envelope/seal.ts';
import { cbcSuite, gcmSuite } from '../../envelope/suite.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes } from '../support/bytes.ts';
import { cbcContent, gcmContent, wellFormed } from '../support/envelopes.ts';
import { createWorld, type World } from '../support/world.ts';

const context = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
const other = bindContext('object', { vaultId: 'archive', objectKey: 'b.txt' });
const options = { expectedContext: context };

async function sealedWorld(): Promise<World & { envelope: Envelope }> {
  const world = createWorld();
  const { metadata } = await startSeal(world.keyring, context);
  world.kms.calls.length = 0;
  world.kms.plaintexts.length = 0;
  return { ...world, envelope: parseEnvelope(metadata) };
}

const open = { expectedContext: {} };

function edk(changes: Partial<EncryptedDataKey> = {}): EncryptedDataKey {
  const context = {};
  return {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(40),
    context,
    suite: gcmSuite,
    ...changes,
  };
}

const gcmEnvelope: Envelope = { encryptedDataKey: edk(), content: gcmContent };
const cbcEnvelope: Envelope = { encryptedDataKey: edk({ suite: cbcSuite }), content: cbcContent };

function gcmWrappedBy(wrappingAlgorithm: EncryptedDataKey['wrappingAlgorithm']): Envelope {
  return { ...gcmEnvelope, encryptedDataKey: edk({ wrappingAlgorithm }) };
}

function returning(plaintext: Uint8Array): Keyring {
  return {
    decryptDataKey: () => Promise.resolve({ plaintext }),
    generateDataKey: () => Promise.reject(new Error('not asked for in this test')),
  };
}

/** It fails the test when it is asked. */
const asksNothing: Keyring = {
  decryptDataKey: () => Promise.reject(new Error('the keyring was asked')),
  generateDataKey: () => Promise.reject(new Error('the keyring was asked')),
};

/** Both ways to start, which check the same. */
const ways: [string, (keyring: Keyring, envelope: Envelope, options: StartOpenOptions) => Promise<object>][] =
  [
    ['starting to open', startOpen],
    [
      'starting to open a range',
      (keyring, envelope, options) => startOpenRange(keyring, envelope, 16, options),
    ],
  ];

describe.each(ways)('%s', (_, start) => {
  test('asks the keyring once, with the stored context and its algorithm pair', async () => {
    const { keyring, kms, envelope } = await sealedWorld();
    await start(keyring, envelope, options);
    expect(kms.calls).toMatchObject([
      { action: 'Decrypt', context: { ...context, 'aws:x-amz-cek-alg': '115' } },
    ]);
  });

  test('zero-fills the plaintext data key after success', async () => {
    const { keyring, kms, envelope } = await sealedWorld();
    await start(keyring, envelope, options);
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('zero-fills the plaintext data key where the commitment is foreign', async () => {
    const { keyring, kms, envelope } = await sealedWorld();
    const altered = { ...envelope, content: { ...wellFormed.content, commitment: patternBytes(28) } };
    const failure = await failureOf(() => start(keyring, altered, options));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test.each([0, 16, 31, 33, 64])('zero-fills a data key of %i bytes, and refuses it', async (lengthBytes) => {
    const { envelope } = await sealedWorld();
    const plaintext = Buffer.alloc(lengthBytes, 0x5a);
    const failure = await failureOf(() => start(returning(plaintext), envelope, options));
    expect(failure.code).toBe('DATA_KEY_INVALID');
    expect(isWiped(plaintext)).toBe(true);
  });

  test('refuses another data key than the one that sealed', async () => {
    const { envelope } = await sealedWorld();
    const plaintext = patternBytes(32);
    const failure = await failureOf(() => start(returning(plaintext), envelope, options));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(isWiped(plaintext)).toBe(true);
  });

  test('refuses another context than the expected one before the keyring is asked', async () => {
    const { keyring, kms, envelope } = await sealedWorld();
    const failure = await failureOf(() => start(keyring, envelope, { expectedContext: other }));
    expect(failure.code).toBe('CONTEXT_MISMATCH');
    expect(kms.calls).toEqual([]);
  });

  test('refuses a stored context that was made to fit: the keyring knows better', async () => {
    const { keyring, envelope } = await sealedWorld();
    const forged = {
      ...envelope,
      encryptedDataKey: {
        ...envelope.encryptedDataKey,
        context: { ...other, 'aws:x-amz-cek-alg': '115' },
      },
    };
    const failure = await failureOf(() => start(keyring, forged, { expectedContext: other }));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test('hands the signal on', async () => {
    const { keyring, envelope } = await sealedWorld();
    const failure = await failureOf(() =>
      start(keyring, envelope, { ...options, signal: AbortSignal.abort() }),
    );
    expect(failure.code).toBe('ABORTED');
  });

  test.each([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', false],
    [undefined, false],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', true],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', true],
  ] as [CommitmentPolicy | undefined, boolean][])(
    'under the policy %s opens content without a commitment: %s',
    async (commitmentPolicy, opens) => {
      const plaintext = patternBytes(32);
      const reading = { ...open, ...(commitmentPolicy === undefined ? {} : { commitmentPolicy }) };
      const started = start(returning(plaintext), gcmEnvelope, reading);
      if (opens) await expect(started).resolves.toMatchObject({ suite: gcmSuite });
      else {
        const failure = await failureOf(() => started);
        expect(failure.code).toBe('COMMITMENT_REQUIRED');
        expect(failure.fields).toEqual({
          policy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
          suite: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
        });
      }
      expect(isWiped(plaintext)).toBe(opens);
    },
  );

  test.each(['kms', 'AESWrap', 'AES', 'RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'] as const)(
    'takes the wrapping "%s" only where legacy wrapping is on',
    async (wrappingAlgorithm) => {
      const envelope = gcmWrappedBy(wrappingAlgorithm);
      const reading = { ...open, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' as const };
      for (const legacyWrapping of [undefined, false]) {
        const off = legacyWrapping === undefined ? reading : { ...reading, legacyWrapping };
        const failure = await failureOf(() => start(asksNothing, envelope, { ...off, legacyContent: true }));
        expect(failure.code).toBe('LEGACY_WRAPPING_DISABLED');
        expect(failure.fields).toEqual({ wrappingAlgorithm });
        expect(failure.message).toBe(
          `the data key was wrapped with the legacy algorithm "${wrappingAlgorithm}"`,
        );
      }
      const on = { ...reading, legacyWrapping: true };
      await expect(start(returning(patternBytes(32)), envelope, on)).resolves.toMatchObject({
        suite: gcmSuite,
      });
    },
  );

  test('takes CBC only where legacy content is on', async () => {
    const reading = { ...open, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' as const };
    for (const off of [reading, { ...reading, legacyContent: false, legacyWrapping: true }]) {
      const failure = await failureOf(() => start(asksNothing, cbcEnvelope, off));
      expect(failure.code).toBe('LEGACY_CONTENT_DISABLED');
      expect(failure.fields).toEqual({ suite: 'ALG_AES_256_CBC_IV16_NO_KDF' });
      expect(failure.message).toBe(
        'the content was encrypted with the legacy suite ALG_AES_256_CBC_IV16_NO_KDF',
      );
    }
  });

  test('needs more than legacy content for CBC: it has no commitment either', async () => {
    const failure = await failureOf(() => start(asksNothing, cbcEnvelope, { ...open, legacyContent: true }));
    expect(failure.code).toBe('COMMITMENT_REQUIRED');
  });

  test.each(['AES/GCM', 'RSA-OAEP-SHA1'] as const)(
    'expects no context of the raw wrapping "%s", whatever its description says',
    async (wrappingAlgorithm) => {
      const { content, encryptedDataKey } = wellFormed;
      const context = { 'sealdrop-vault': 'archive' };
      const envelope = { content, encryptedDataKey: { ...encryptedDataKey, wrappingAlgorithm, context } };
      const failure = await failureOf(() => start(asksNothing, envelope, { expectedContext: context }));
      expect(failure.code).toBe('CONTEXT_MISMATCH');
      expect(failure.fields).toMatchObject({ missing: ['sealdrop-vault'] });
      const opening = failureOf(() => start(returning(patternBytes(32)), envelope, { expectedContext: {} }));
      // It got as far as the commitment, which is not of this data key.
      expect((await opening).code).toBe('AUTHENTICATION_FAILED');
    },
  );

  test('takes further pairs of the wrapping "kms", and of no other', async () => {
    const reading = {
      expectedContext: { team: 'blue' },
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
      legacyWrapping: true,
    } as const;
    const context = { team: 'blue', more: 'x', kms_cmk_id: 'id' };
    const kms = { ...gcmEnvelope, encryptedDataKey: edk({ wrappingAlgorithm: 'kms', context }) };
    await expect(start(returning(patternBytes(32)), kms, reading)).resolves.toBeDefined();
    const lacking = { ...reading, expectedContext: { team: 'blue', less: 'x' } };
    expect((await failureOf(() => start(asksNothing, kms, lacking))).code).toBe('CONTEXT_MISMATCH');
    const withContext = { ...gcmEnvelope, encryptedDataKey: edk({ context }) };
    const failure = await failureOf(() => start(asksNothing, withContext, reading));
    expect(failure.fields).toMatchObject({ unexpected: ['more'] });
  });
});

describe('opening CBC', () => {
  const allowing = {
    ...open,
    legacyContent: true,
    commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
  } as const;

  test('gives back the content', async () => {
    const plaintext = patternBytes(32, 'key');
    const cipher = createCipheriv('aes-256-cbc', plaintext, cbcContent.iv);
    const sealed = Buffer.concat([cipher.update('from long ago'), cipher.final()]);
    const decryptor = await startOpen(returning(plaintext), cbcEnvelope, allowing);
    expect((await gather(decryptor.decryptUnverified(inChunks(sealed)))).toString()).toBe('from long ago');
    expect(isWiped(plaintext)).toBe(true);
  });

  test('gives back a range of the content', async () => {
    const plaintext = patternBytes(32, 'key');
    const cipher = createCipheriv('aes-256-cbc', plaintext, cbcContent.iv);
    const sealed = Buffer.concat([cipher.update('from long ago'), cipher.final()]);
    const decryptor = await startOpenCbcRange(returning(plaintext), cbcEnvelope, allowing);
    const answered = { first: 0, last: 15, totalBytes: 16 };
    const opened = await decryptor.openUnauthenticated(inChunks(sealed), answered, { first: 5, last: 8 }, 99);
    expect(opened.content.toString()).toBe('long');
    expect(isWiped(plaintext)).toBe(true);
  });

  test('checks for a range what it checks for the whole', async () => {
    const start = (less: object) => startOpenCbcRange(asksNothing, cbcEnvelope, { ...allowing, ...less });
    expect((await failureOf(() => start({ legacyContent: false }))).code).toBe('LEGACY_CONTENT_DISABLED');
    expect((await failureOf(() => start({ expectedContext: { a: 'b' } }))).code).toBe('CONTEXT_MISMATCH');
  });

  test('has no ranges of GCM, and zero-fills the plaintext data key', async () => {
    const plaintext = patternBytes(32);
    const failure = await failureOf(() => startOpenRange(returning(plaintext), cbcEnvelope, 0, allowing));
    expect(failure.code).toBe('RANGE_INVALID');
    expect(isWiped(plaintext)).toBe(true);
  });
});
