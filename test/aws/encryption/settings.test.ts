import { describe, expect, test } from '@jest/globals';
import { resolveSettings } from '../../../aws/encryption/settings.ts';
import { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { committingSuite, gcmSuite } from '../../../envelope/index.ts';
import { failureOf } from '../../support/bytes.ts';
import { createScene, type EncryptionScene } from '../../support/encryption-scene.ts';

const vault = { vaultId: 'archive', binding: 'object' } as const;

function settingsOf(scene: EncryptionScene, options: object): ReturnType<typeof resolveSettings> {
  const { keyring, plain } = scene;
  return resolveSettings({ keyring, s3Client: plain, ...options }, () => false);
}

test('what the options leave out has a default', () => {
  const scene = createScene();
  const settings = settingsOf(scene, {});
  expect(settings).toMatchObject({
    suite: committingSuite,
    openPolicy: { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' },
    release: 'buffered',
    bufferLimitBytes: 64 * 1024 * 1024,
    unauthenticatedRanges: false,
    metadataStrategy: 'object-metadata',
    partSizeBytes: 5 * 1024 * 1024,
    partsAtOnce: 4,
  });
  expect(settings.instructionFileSuffix).toBeUndefined();
  expect(settings.s3).toBe(scene.plain);
  expect(settings.contextFor('k')).toEqual({});
});

test('what the options say holds', () => {
  const settings = settingsOf(createScene(), {
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyWrapping: true,
    legacyContent: true,
    unauthenticatedRanges: true,
    instructionFileSuffix: '.keys',
    bufferLimitBytes: 1,
    partSizeBytes: 6 * 1024 * 1024,
    partsAtOnce: 1,
    encryptionContext: { team: 'blue' },
  });
  expect(settings).toMatchObject({
    openPolicy: {
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
      legacyWrapping: true,
      legacyContent: true,
    },
    unauthenticatedRanges: true,
    metadataStrategy: 'object-metadata',
    instructionFileSuffix: '.keys',
    bufferLimitBytes: 1,
    partSizeBytes: 6 * 1024 * 1024,
    partsAtOnce: 1,
  });
  expect(settings.contextFor('k')).toEqual({ team: 'blue' });
});

test('instruction files are written under their own suffix, named or not', () => {
  for (const options of [
    {},
    { instructionFileSuffix: undefined },
    { instructionFileSuffix: '.instruction' },
  ]) {
    const settings = settingsOf(createScene(), { metadataStrategy: 'instruction-file', ...options });
    expect(settings.metadataStrategy).toBe('instruction-file');
  }
});

test('a vault gives every key a context of its own', () => {
  const { contextFor } = settingsOf(createScene(), { vault });
  expect(contextFor('a')).toMatchObject({ 'sealdrop-vault': 'archive' });
  expect(contextFor('a')).not.toEqual(contextFor('b'));
});

test('delayed authentication takes the place of the buffer', () => {
  expect(settingsOf(createScene(), { delayedAuthentication: true }).release).toBe('delayed');
});

test('without a client, one is made', () => {
  const { keyring } = createScene();
  const { s3 } = resolveSettings({ keyring }, () => false);
  expect(s3.config.requestHandler).toBeDefined();
  s3.destroy();
});

describe('the commitment policy chooses the suite', () => {
  test.each([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', committingSuite],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', committingSuite],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', gcmSuite],
  ] as const)('%s', async (commitmentPolicy, suite) => {
    const scene = createScene();
    expect(settingsOf(scene, { commitmentPolicy }).suite).toBe(suite);
    expect(settingsOf(scene, { commitmentPolicy, algorithmSuite: suite.name }).suite).toBe(suite);
    const other = suite === gcmSuite ? committingSuite : gcmSuite;
    const error = await failureOf(() => settingsOf(scene, { commitmentPolicy, algorithmSuite: other.name }));
    expect(error.code).toBe('CONFIGURATION_INVALID');
  });
});

const contradictions: [what: string, options: object][] = [
  ['no keyring', { keyring: undefined }],
  ['a vault and a context', { vault, encryptionContext: {} }],
  ['delayed authentication and a buffer limit', { delayedAuthentication: true, bufferLimitBytes: 10 }],
  ['an unknown commitment policy', { commitmentPolicy: 'REQUIRE' }],
  ['an unknown suite', { algorithmSuite: 'ALG_AES_128' }],
  ['a suite that is only read', { algorithmSuite: 'ALG_AES_256_CBC_IV16_NO_KDF' }],
  ['a buffer of no bytes', { bufferLimitBytes: 0 }],
  ['a buffer of half a byte', { bufferLimitBytes: 0.5 }],
  ['a buffer that is no number', { bufferLimitBytes: Number.NaN }],
  ['parts smaller than S3 allows', { partSizeBytes: 5 * 1024 * 1024 - 1 }],
  ['parts without an end', { partSizeBytes: Infinity }],
  [
    'instruction files under another suffix',
    { metadataStrategy: 'instruction-file', instructionFileSuffix: '.keys' },
  ],
  ['instruction files under no suffix', { metadataStrategy: 'instruction-file', instructionFileSuffix: '' }],
  ['no parts at once', { partsAtOnce: 0 }],
  ['one and a half parts at once', { partsAtOnce: 1.5 }],
];

test.each(contradictions)('%s: the options are refused', async (_, options) => {
  const scene = createScene();
  const error = await failureOf(() => scene.clientWith(options));
  expect(error.code).toBe('CONFIGURATION_INVALID');
});

test('a client that writes instruction files cannot be given another suffix later, nor the other way round', async () => {
  const { clientWith } = createScene();
  const writing = clientWith({ metadataStrategy: 'instruction-file' });
  const reading = clientWith({ instructionFileSuffix: '.keys' });
  for (const change of [
    () => writing.with({ instructionFileSuffix: '.keys' }),
    () => reading.with({ metadataStrategy: 'instruction-file' }),
  ]) {
    expect((await failureOf(change)).code).toBe('CONFIGURATION_INVALID');
  }
});

test('an encryption client cannot wrap another', async () => {
  const { client, keyring } = createScene();
  const error = await failureOf(() => new S3EncryptionClient({ keyring, s3Client: client }));
  expect(error.code).toBe('CONFIGURATION_INVALID');
});
