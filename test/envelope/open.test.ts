import { describe, expect, test } from '@jest/globals';
import { encodeEnvelope, parseEnvelope, type Metadata } from '../../envelope/content-metadata.ts';
import { bindContext } from '../../envelope/encryption-context.ts';
import type { Keyring } from '../../envelope/keyring.ts';
import { startOpen } from '../../envelope/open.ts';
import { startSeal } from '../../envelope/seal.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { createWorld, type World } from '../support/world.ts';

const context = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });

async function sealedWorld(): Promise<World & { metadata: Metadata }> {
  const world = createWorld();
  const { metadata } = await startSeal(world.keyring, context);
  world.kms.calls.length = 0;
  world.kms.plaintexts.length = 0;
  return { ...world, metadata };
}

describe('starting to open', () => {
  test('asks the keyring once, with the stored context and its algorithm pair', async () => {
    const { keyring, kms, metadata } = await sealedWorld();
    await startOpen(keyring, metadata, context);
    expect(kms.calls).toMatchObject([
      { action: 'Decrypt', context: { ...context, 'aws:x-amz-cek-alg': '115' } },
    ]);
  });

  test('zero-fills the plaintext data key after success', async () => {
    const { keyring, kms, metadata } = await sealedWorld();
    await startOpen(keyring, metadata, context);
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('zero-fills the plaintext data key where the commitment is foreign', async () => {
    const { keyring, kms, metadata } = await sealedWorld();
    const altered = { ...parseEnvelope(metadata), commitment: patternBytes(28) };
    const failure = await failureOf(() => startOpen(keyring, encodeEnvelope(altered), context));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(kms.plaintexts).toHaveLength(1);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test.each([0, 16, 31, 33, 64])('zero-fills a data key of %i bytes, and refuses it', async (lengthBytes) => {
    const { metadata } = await sealedWorld();
    const plaintext = Buffer.alloc(lengthBytes, 0x5a);
    const keyring = returning(plaintext);
    expect((await failureOf(() => startOpen(keyring, metadata, context))).code).toBe('DATA_KEY_INVALID');
    expect(isWiped(plaintext)).toBe(true);
  });

  test('refuses another data key than the one that sealed', async () => {
    const { metadata } = await sealedWorld();
    const plaintext = patternBytes(32);
    const failure = await failureOf(() => startOpen(returning(plaintext), metadata, context));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(isWiped(plaintext)).toBe(true);
  });

  test.each([
    ['what is not sealed', () => ({ title: 'x' }), 'NOT_SEALED'],
    ['another format', () => ({ 'x-amz-key-v2': 'AAAA' }), 'ENVELOPE_UNSUPPORTED'],
    ['a malformed envelope', (metadata: Metadata) => ({ ...metadata, 'x-amz-i': '!' }), 'ENVELOPE_MALFORMED'],
  ] as [string, (metadata: Metadata) => Metadata, string][])(
    'refuses %s before the keyring is asked',
    async (_, alter, code) => {
      const { keyring, kms, metadata } = await sealedWorld();
      const failure = await failureOf(() => startOpen(keyring, alter(metadata), context));
      expect(failure.code).toBe(code);
      expect(kms.calls).toEqual([]);
    },
  );

  test('refuses another context than the expected one before the keyring is asked', async () => {
    const { keyring, kms, metadata } = await sealedWorld();
    const other = bindContext('object', { vaultId: 'archive', objectKey: 'b.txt' });
    expect((await failureOf(() => startOpen(keyring, metadata, other))).code).toBe('CONTEXT_MISMATCH');
    expect(kms.calls).toEqual([]);
  });

  test('refuses a stored context that was made to fit: the keyring knows better', async () => {
    const { keyring, metadata } = await sealedWorld();
    const other = bindContext('object', { vaultId: 'archive', objectKey: 'b.txt' });
    const encryptionContext = { ...other, 'aws:x-amz-cek-alg': '115' };
    const forged = encodeEnvelope({ ...parseEnvelope(metadata), encryptionContext });
    expect((await failureOf(() => startOpen(keyring, forged, other))).code).toBe('AUTHENTICATION_FAILED');
  });

  test('hands the signal on', async () => {
    const { keyring, metadata } = await sealedWorld();
    const failure = await failureOf(() => startOpen(keyring, metadata, context, AbortSignal.abort()));
    expect(failure.code).toBe('ABORTED');
  });
});

function returning(plaintext: Uint8Array): Keyring {
  const unexpected = () => Promise.reject(new Error('not asked for in this test'));
  return {
    decryptDataKey: () => Promise.resolve({ plaintext, keyArn: 'arn:aws:kms:key' }),
    generateDataKey: unexpected,
    rewrapDataKey: unexpected,
    currentWrapping: unexpected,
  };
}
