import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { bindContext } from '../../envelope/encryption-context.ts';
import { startOpen } from '../../envelope/open.ts';
import { openBuffered } from '../../envelope/decryption.ts';
import { startSeal } from '../../envelope/seal.ts';
import type { Keyring } from '../../envelope/keyring.ts';
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
    const decryptor = await startOpen(keyring, metadata, context);
    const opened = await openBuffered(decryptor, inChunks(sealed), lengthBytes);
    expect(opened.toString('hex')).toBe(patternBytes(lengthBytes).toString('hex'));
  });

  test('sends the context with the algorithm pair to the keyring, and stores the same', async () => {
    const { keyring, kms } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    const complete = { ...context, 'aws:x-amz-cek-alg': '115' };
    expect(kms.calls.map(({ context: sent }) => sent)).toEqual([complete]);
    expect(parseEnvelope(metadata).encryptionContext).toEqual(complete);
  });

  test('records the key and the material that wrapped', async () => {
    const { keyring, kms, keyArn } = createWorld();
    const materialId = kms.rotate(keyArn);
    const { wrapping } = await startSeal(keyring, context);
    expect(wrapping).toEqual({ keyArn, keyMaterialId: materialId });
  });

  test('records no material where the keyring does not know it', async () => {
    const { keyring } = createWorld();
    const { wrapping } = await startSeal(changing(keyring, 'keyMaterialId', undefined), context);
    expect(Object.keys(wrapping)).toEqual(['keyArn']);
  });

  test('draws a new data key and a new message id every time', async () => {
    const { keyring } = createWorld();
    const envelopes = [];
    for (let count = 0; count < 20; count += 1) {
      envelopes.push(parseEnvelope((await startSeal(keyring, context)).metadata));
    }
    for (const part of ['messageId', 'commitment', 'encryptedDataKey'] as const) {
      expect(new Set(envelopes.map((each) => Buffer.from(each[part]).toString('hex'))).size).toBe(20);
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
    expect((await failureOf(() => startSeal(keyring, context, AbortSignal.abort()))).code).toBe('ABORTED');
  });
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
