import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { openBuffered } from '../../envelope/decryption.ts';
import { bindContext } from '../../envelope/encryption-context.ts';
import { startOpen } from '../../envelope/open.ts';
import { rewrapEnvelope } from '../../envelope/rewrap.ts';
import type { Metadata } from '../../envelope/metadata-names.ts';
import { startSeal } from '../../envelope/seal.ts';
import { gcmSuite } from '../../envelope/suite.ts';
import { failureOf, gather, inChunks } from '../support/bytes.ts';
import { v1Metadata, v2Metadata } from '../support/envelopes.ts';
import { createWorld } from '../support/world.ts';

const context = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('rewrapping an envelope', () => {
  test('changes the encrypted data key and nothing else, and the content still opens', async () => {
    const { keyring, kms, keyArn } = createWorld();
    const { encryptor, metadata } = await startSeal(keyring, context);
    const sealed = await gather(encryptor.encrypt(inChunks(Buffer.from('content'))));
    const keyMaterialId = kms.rotate(keyArn);

    const rewrapped = await rewrapEnvelope(keyring, metadata, { expectedContext: context });

    const [before, after] = [parseEnvelope(metadata), parseEnvelope(rewrapped.metadata)];
    expect(hex(after.encryptedDataKey.ciphertext)).not.toBe(hex(before.encryptedDataKey.ciphertext));
    expect({ ...rewrapped.metadata, 'x-amz-3': '' }).toEqual({ ...metadata, 'x-amz-3': '' });
    expect(rewrapped.wrapping).toEqual({ keyArn, keyMaterialId });
    const decryptor = await startOpen(keyring, after, { expectedContext: context });
    expect((await openBuffered(decryptor, inChunks(sealed), 100)).toString()).toBe('content');
  });

  test('asks only to rewrap, under one context on both sides, so that no data key is seen', async () => {
    const { keyring, kms } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    kms.calls.length = 0;
    kms.plaintexts.length = 0;
    await rewrapEnvelope(keyring, metadata, { expectedContext: context });
    expect(kms.calls).toMatchObject([
      { action: 'ReEncrypt', context: { ...context, 'aws:x-amz-cek-alg': '115' } },
    ]);
    expect(kms.plaintexts).toEqual([]);
  });

  test('refuses another context than the expected one before the keyring is asked', async () => {
    const { keyring, kms } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    kms.calls.length = 0;
    const other = bindContext('vault', { vaultId: 'archive', objectKey: '' });
    expect((await failureOf(() => rewrapEnvelope(keyring, metadata, { expectedContext: other }))).code).toBe(
      'CONTEXT_MISMATCH',
    );
    expect(kms.calls).toEqual([]);
  });

  test('refuses an encrypted data key of another object', async () => {
    const { keyring } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    const elsewhere = bindContext('object', { vaultId: 'archive', objectKey: 'b.txt' });
    const foreign = await startSeal(keyring, elsewhere);
    const swapped = { ...metadata, 'x-amz-3': foreign.metadata['x-amz-3'] ?? '' };
    expect((await failureOf(() => rewrapEnvelope(keyring, swapped, { expectedContext: context }))).code).toBe(
      'AUTHENTICATION_FAILED',
    );
  });

  test('rewraps V2 as well, and leaves its IV and its noted length', async () => {
    const { keyring, kms, keyArn } = createWorld();
    const started = await startSeal(keyring, context, { suite: gcmSuite });
    const metadata: Metadata = { ...started.metadata, 'x-amz-unencrypted-content-length': '7' };
    const sealed = await gather(started.encryptor.encrypt(inChunks(Buffer.from('content'))));
    const keyMaterialId = kms.rotate(keyArn);

    const rewrapped = await rewrapEnvelope(keyring, metadata, { expectedContext: context });

    expect(rewrapped.metadata['x-amz-key-v2']).not.toBe(metadata['x-amz-key-v2']);
    expect({ ...rewrapped.metadata, 'x-amz-key-v2': '' }).toEqual({ ...metadata, 'x-amz-key-v2': '' });
    expect(rewrapped.wrapping).toEqual({ keyArn, keyMaterialId });
    const decryptor = await startOpen(keyring, parseEnvelope(rewrapped.metadata), {
      expectedContext: context,
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    });
    expect((await openBuffered(decryptor, inChunks(sealed), 100)).toString()).toBe('content');
  });

  test.each([
    ['AESWrap', { ...v2Metadata, 'x-amz-wrap-alg': 'AESWrap', 'x-amz-matdesc': '{}' }],
    ['RSA', { ...v2Metadata, 'x-amz-wrap-alg': 'RSA', 'x-amz-matdesc': '{}' }],
    ['AES/GCM', { ...v2Metadata, 'x-amz-wrap-alg': 'AES/GCM', 'x-amz-matdesc': '{}' }],
    ['RSA-OAEP-SHA1', { ...v2Metadata, 'x-amz-wrap-alg': 'RSA-OAEP-SHA1', 'x-amz-matdesc': '{}' }],
    ['AES', v1Metadata],
  ] as [string, Metadata][])(
    'refuses the wrapping "%s" before the keyring is asked',
    async (name, metadata) => {
      const { keyring, kms } = createWorld();
      const failure = await failureOf(() => rewrapEnvelope(keyring, metadata, { expectedContext: {} }));
      expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
      expect(failure.fields).toEqual({ wrappingAlgorithm: name });
      expect(kms.calls).toEqual([]);
    },
  );

  test('refuses what is not sealed', async () => {
    const { keyring } = createWorld();
    expect(
      (await failureOf(() => rewrapEnvelope(keyring, { title: 'x' }, { expectedContext: {} }))).code,
    ).toBe('NOT_SEALED');
  });

  test('hands the signal on', async () => {
    const { keyring } = createWorld();
    const { metadata } = await startSeal(keyring, context);
    const failure = await failureOf(() =>
      rewrapEnvelope(keyring, metadata, { expectedContext: context, signal: AbortSignal.abort() }),
    );
    expect(failure.code).toBe('ABORTED');
  });
});
