import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { cbcSuite, committingSuite, gcmSuite } from '../../envelope/index.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { createScene, get, put, type EncryptionScene } from '../support/encryption-scene.ts';
import { FakeKms } from '../support/fake-kms.ts';
import { keyringOver } from '../support/mock-kms.ts';
import { rawObject } from '../support/sealed-objects.ts';

const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const inFile = { metadataStrategy: 'instruction-file' } as const;

/** Stores an object of V2 whose data key an older client wrapped. */
function putWrappedByKms({ kms, keyArn, bucket }: EncryptionScene, key: string, plaintext: Buffer): object {
  const context = { kms_cmk_id: keyArn, mail: '17' };
  const { Plaintext, CiphertextBlob } = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: context });
  const iv = patternBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Plaintext, iv);
  const content = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  bucket.write(key, {
    content,
    etag: `"${createHash('md5').update(content).digest('hex')}"`,
    metadata: {
      'x-amz-key-v2': CiphertextBlob.toString('base64'),
      'x-amz-wrap-alg': 'kms',
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-iv': iv.toString('base64'),
      'x-amz-tag-len': '128',
      'x-amz-matdesc': JSON.stringify(context),
    },
    system: {},
    checksums: {},
    checksumType: 'FULL_OBJECT',
  });
  return { KeyId: keyArn, CiphertextBlob, EncryptionContext: context };
}

describe('an object whose data key was wrapped with "kms"', () => {
  test.each([{}, { legacyWrapping: false }])('is refused, and KMS is not asked: %j', async (options) => {
    const scene = createScene();
    putWrappedByKms(scene, 'k', patternBytes(33));
    const { keyring, inputs } = keyringOver(scene.kms, scene.keyArn);
    const client = scene.clientWith({ keyring, ...allowing, legacyContent: true, ...options });
    expect((await failureOf(() => get(client, 'k'))).code).toBe('LEGACY_WRAPPING_DISABLED');
    expect(inputs()).toEqual([]);
  });

  test('opens where legacy wrapping is on, and so do the others', async () => {
    const scene = createScene();
    const request = putWrappedByKms(scene, 'k', patternBytes(33));
    const { keyring, inputs } = keyringOver(scene.kms, scene.keyArn);
    const client = scene.clientWith({ keyring, ...allowing, legacyWrapping: true });
    expect(await get(client, 'k')).toEqual(patternBytes(33));
    expect(inputs()).toEqual([request]);
    await put(client, 'V3', 'content');
    await put(scene.clientWith({ keyring, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }), 'V2', 'older');
    expect((await get(client, 'V3')).toString()).toBe('content');
    expect((await get(client, 'V2')).toString()).toBe('older');
  });

  test.each([
    ['another context', 'AUTHENTICATION_FAILED', (kms: FakeKms, keyArn: string) => [kms, keyArn, { a: 'b' }]],
    ['another key', 'KEY_MISMATCH', (kms: FakeKms) => [kms, kms.createKey(), {}]],
  ] as [string, string, (kms: FakeKms, keyArn: string) => [FakeKms, string, Record<string, string>]][])(
    'does not open under %s: %s',
    async (_, code, under) => {
      const kms = new FakeKms();
      const keyArn = kms.createKey();
      const { CiphertextBlob } = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: {} });
      const [sameKms, keyId, context] = under(kms, keyArn);
      const { keyring } = keyringOver(sameKms, keyId);
      const wrapped = { ciphertext: CiphertextBlob, context, suite: cbcSuite };
      const failure = await failureOf(() =>
        keyring.decryptDataKey({ ...wrapped, wrappingAlgorithm: 'kms' as const }),
      );
      expect(failure.code).toBe(code);
    },
  );
});

test('a client with legacy content turned on opens every content algorithm', async () => {
  const scene = createScene();
  await put(scene.client, 'V3', 'content');
  await put(scene.clientWith({ commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }), 'V2', 'content');
  rawObject(scene, 'CBC', Buffer.from('content'), 'cbc');
  const client = scene.clientWith({ ...allowing, legacyContent: true });
  for (const key of ['V3', 'V2', 'CBC']) expect((await get(client, key)).toString()).toBe('content');
});

describe('the suite of a client', () => {
  test.each([
    [committingSuite.name, 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT', { 'x-amz-c': '115' }],
    [committingSuite.name, 'REQUIRE_ENCRYPT_ALLOW_DECRYPT', { 'x-amz-c': '115' }],
    [gcmSuite.name, 'FORBID_ENCRYPT_ALLOW_DECRYPT', { 'x-amz-cek-alg': 'AES/GCM/NoPadding' }],
  ] as const)('%s is what it seals with, under %s', async (algorithmSuite, commitmentPolicy, written) => {
    const { clientWith, stored } = createScene();
    await put(clientWith({ algorithmSuite, commitmentPolicy }), 'k', 'content');
    expect(stored('k').metadata).toMatchObject(written);
  });

  test.each([
    ['ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY', 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'],
    ['ALG_AES_256_CTR_IV16_TAG16_NO_KDF', 'FORBID_ENCRYPT_ALLOW_DECRYPT'],
  ] as const)(
    'cannot be %s, which is for ranges only, under %s',
    async (algorithmSuite, commitmentPolicy) => {
      const { clientWith } = createScene();
      const failure = await failureOf(() => clientWith({ algorithmSuite, commitmentPolicy }));
      expect(failure.code).toBe('CONFIGURATION_INVALID');
    },
  );
});

describe('an instruction file', () => {
  test('is written only where the client, or a request, asks for it', async () => {
    const { client, clientWith, bucket } = createScene();
    await put(client, 'a', 'content');
    expect(bucket.keys()).toEqual(['a']);
    await put(client.with(inFile), 'b', 'content');
    await put(clientWith(inFile), 'c', 'content');
    await put(client, 'd', 'content');
    expect(bucket.keys().sort()).toEqual(['a', 'b', 'b.instruction', 'c', 'c.instruction', 'd']);
  });

  test('is never written with another suffix', async () => {
    const { clientWith, bucket } = createScene();
    const suffixed = { instructionFileSuffix: '.keys' };
    const reader = clientWith(suffixed);
    for (const make of [() => clientWith({ ...inFile, ...suffixed }), () => reader.with(inFile)]) {
      expect((await failureOf(make)).code).toBe('CONFIGURATION_INVALID');
    }
    await put(reader, 'k', 'content');
    expect(bucket.keys()).toEqual(['k']);
  });
});
