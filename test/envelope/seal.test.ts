import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { bindContext, encodeContext } from '../../envelope/encryption-context.ts';
import { startOpen } from '../../envelope/open.ts';
import { openBuffered } from '../../envelope/decryption.ts';
import { startSeal } from '../../envelope/seal.ts';
import type { EncryptedDataKey, Keyring } from '../../envelope/keyring.ts';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/suite.ts';
import {
  edgeLengths,
  failureOf,
  gather,
  inChunks,
  isWiped,
  patternBytes,
  thrownBy,
} from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const context = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' }, { team: 'blue' });

describe('starting to seal', () => {
  test.each(edgeLengths)('makes an envelope under which %i bytes open again', async (lengthBytes) => {
    const { keyring } = createWorld();
    const { encryptor, metadata } = await startSeal(keyring, context);
    const sealed = await gather(encryptor.encrypt(inChunks(patternBytes(lengthBytes)), lengthBytes));
    const decryptor = await startOpen(keyring, parseEnvelope(metadata), { expectedContext: context });
    const opened = await openBuffered(decryptor, inChunks(sealed), lengthBytes);
    expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
  });

  test('sends the context with the algorithm pair to the keyring, and stores the same', async () => {
    const { keyring, kms } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    const complete = { ...context, 'aws:x-amz-cek-alg': '115' };
    expect(kms.calls.map(({ context: sent }) => sent)).toEqual([complete]);
    expect(parseEnvelope(metadata).encryptedDataKey.context).toEqual(complete);
  });

  test('records the key and the material that wrapped', async () => {
    const { keyring, kms, keyArn } = createWorld();
    const materialId = kms.rotate(keyArn);
    const { wrapping } = await startSeal(keyring, context);
    expect(wrapping).toEqual({ keyArn, keyMaterialId: materialId });
  });

  test('records no wrapping where the keyring does not tell it', async () => {
    const { keyring } = createWorld();
    const started = await startSeal(changing(keyring, 'wrapping', undefined), context);
    expect(Object.keys(started).sort()).toEqual(['encryptor', 'metadata']);
  });

  test('draws a new data key and a new message id every time', async () => {
    const { keyring } = createWorld();
    const envelopes = [];
    for (let count = 0; count < 20; count += 1) {
      envelopes.push((await startSeal(keyring, context)).metadata);
    }
    for (const part of ['x-amz-i', 'x-amz-d', 'x-amz-3']) {
      expect(new Set(envelopes.map((metadata) => metadata[part])).size).toBe(20);
    }
  });

  test('zero-fills the plaintext data key, and returns it nowhere', async () => {
    const { keyring, kms } = createWorld();
    const started = await startSeal(keyring, context);
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
    expect(Object.keys(started).sort()).toEqual(['encryptor', 'metadata', 'wrapping']);
  });

  test.each([16, 31, 33])('refuses a data key of %i bytes, and zero-fills it', async (lengthBytes) => {
    const { keyring, kms } = createWorld();
    kms.dataKeyBytes = lengthBytes;
    const failure = await failureOf(() => startSeal(keyring, context));
    expect(failure.code).toBe('DATA_KEY_INVALID');
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('zero-fills the plaintext data key where the envelope cannot be written', async () => {
    const { keyring, kms } = createWorld();
    await thrownBy(() => startSeal(changing(keyring, 'encryptedDataKey', undefined), context));
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('throws what the keyring throws', async () => {
    const { keyring, kms, keyArn } = createWorld();
    kms.setState(keyArn, 'Disabled');
    expect((await failureOf(() => startSeal(keyring, context))).code).toBe('KEY_DISABLED');
  });

  test('hands the signal on', async () => {
    const { keyring } = createWorld();
    expect((await failureOf(() => startSeal(keyring, context, { signal: AbortSignal.abort() }))).code).toBe(
      'ABORTED',
    );
  });

  test.each([
    ['a reserved name', { kms_cmk_id: 'x' }],
    ['a character that other clients cannot read', { size: 'groß' }],
  ])('refuses a context with %s before the keyring is asked', async (_, refused) => {
    const { keyring, kms } = createWorld();
    expect((await failureOf(() => startSeal(keyring, refused))).code).toBe('CONTEXT_INVALID');
    expect(kms.calls).toEqual([]);
  });

  test('writes these entries of V3 and no others', async () => {
    const { keyring } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    expect(Object.keys(metadata).sort()).toEqual([
      'x-amz-3',
      'x-amz-c',
      'x-amz-d',
      'x-amz-i',
      'x-amz-t',
      'x-amz-w',
    ]);
  });

  test('zero-fills the plaintext data key where the suite is only read', async () => {
    const { keyring, kms } = createWorld();
    const failure = await failureOf(() => startSeal(keyring, context, { suite: cbcSuite }));
    expect(failure.code).toBe('CONFIGURATION_INVALID');
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });
});

describe('starting to seal for readers of V2', () => {
  const options = { suite: gcmSuite };

  test.each(edgeLengths)('makes an envelope under which %i bytes open again', async (lengthBytes) => {
    const { keyring, kms } = createWorld();
    const { encryptor, metadata } = await startSeal(keyring, context, options);
    const sealed = await gather(encryptor.encrypt(inChunks(patternBytes(lengthBytes)), lengthBytes));
    const decryptor = await startOpen(keyring, parseEnvelope(metadata), {
      expectedContext: context,
      commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    });
    const opened = await openBuffered(decryptor, inChunks(sealed), lengthBytes);
    expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('writes these entries and no others', async () => {
    const { keyring, kms } = createWorld();
    const { metadata } = await startSeal(keyring, context, options);
    const complete = { ...context, 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' };
    expect(kms.calls.map(({ context: sent }) => sent)).toEqual([complete]);
    expect(metadata).toEqual({
      'x-amz-key-v2': expect.any(String),
      'x-amz-iv': expect.any(String),
      'x-amz-wrap-alg': 'kms+context',
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-tag-len': '128',
      'x-amz-matdesc': encodeContext(complete),
    });
  });

  test('draws a new data key and a new IV every time', async () => {
    const { keyring } = createWorld();
    const envelopes = [];
    for (let count = 0; count < 20; count += 1) {
      envelopes.push((await startSeal(keyring, context, options)).metadata);
    }
    for (const part of ['x-amz-key-v2', 'x-amz-iv']) {
      expect(new Set(envelopes.map((metadata) => metadata[part])).size).toBe(20);
    }
  });

  test.each([16, 31, 33])('refuses a data key of %i bytes, and zero-fills it', async (lengthBytes) => {
    const { keyring, kms } = createWorld();
    kms.dataKeyBytes = lengthBytes;
    expect((await failureOf(() => startSeal(keyring, context, options))).code).toBe('DATA_KEY_INVALID');
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });
});

describe.each([committingSuite, gcmSuite])('sealing with $name', (suite) => {
  test.each(['kms', 'AESWrap', 'AES', 'RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'] as const)(
    'refuses a data key that was wrapped with the legacy "%s", and zero-fills it',
    async (wrappingAlgorithm) => {
      const { keyring, kms } = createWorld();
      const context = {};
      const wrapped: EncryptedDataKey = { wrappingAlgorithm, ciphertext: patternBytes(40), context, suite };
      const failure = await failureOf(() =>
        startSeal(changing(keyring, 'encryptedDataKey', wrapped), {}, { suite }),
      );
      expect([failure.code, failure.fields]).toEqual(['ENVELOPE_UNSUPPORTED', { wrappingAlgorithm }]);
      expect(kms.plaintexts).toHaveLength(1);
      expect(kms.plaintexts.every(isWiped)).toBe(true);
    },
  );
});

/** The keyring, with one field of what it generates changed. */
function changing(keyring: Keyring, field: string, value: unknown): Keyring {
  const generateDataKey: Keyring['generateDataKey'] = async (...args) => ({
    ...(await keyring.generateDataKey(...args)),
    [field]: value,
  });
  return new Proxy(keyring, {
    get: (target, name) =>
      name === 'generateDataKey' ? generateDataKey : (Reflect.get(target, name) as unknown),
  });
}
