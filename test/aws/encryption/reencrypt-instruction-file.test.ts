import { generateKeyPairSync } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import type { ReEncryptInstructionFileInput } from '../../../aws/encryption/reencrypt-instruction-file.ts';
import type { S3EncryptionClientOptions } from '../../../aws/encryption/settings.ts';
import { RawRsaKeyring } from '../../../envelope/index.ts';
import type { Versioning } from '../../support/fake-s3.ts';
import { failureOf, isWiped, patternBytes } from '../../support/bytes.ts';
import { bucketName, createScene, get, put } from '../../support/encryption-scene.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const newKeyring = new RawRsaKeyring({ publicKey });
const partner = new RawRsaKeyring({ privateKey });
const content = patternBytes(100);
const encryptionContext = { department: 'archive' };

async function scene(options: Partial<S3EncryptionClientOptions> = {}, versioning: Versioning = 'Enabled') {
  const made = createScene(versioning);
  const client = made.clientWith({ encryptionContext, metadataStrategy: 'instruction-file', ...options });
  await put(client, 'k', content);
  made.kms.calls.length = 0;
  made.kms.plaintexts.length = 0;
  const reEncrypt = (more: Partial<ReEncryptInstructionFileInput> = {}) =>
    client.reEncryptInstructionFile({ Bucket: bucketName, Key: 'k', newKeyring, ...more });
  const partnersWith = (more: Partial<S3EncryptionClientOptions>) =>
    made.clientWith({ keyring: partner, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT', ...more });
  return { ...made, client, reEncrypt, partnersWith };
}

const codeOf = async (work: () => unknown): Promise<string> => (await failureOf(work)).code;

describe.each([
  ['V3', {}],
  ['V2', { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }],
] as const)('re-encrypting an instruction file of %s', (_, options) => {
  test('opens its data key with the keyring of the client, once, and leaves nothing of it', async () => {
    const { kms, reEncrypt } = await scene(options);
    await reEncrypt({ instructionFileSuffix: '.partner' });
    expect(kms.calls).toMatchObject([{ action: 'Decrypt', context: encryptionContext }]);
    expect(kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test('under another suffix wraps it with the keyring that is given: both open the object', async () => {
    const { client, reEncrypt, partnersWith, stored } = await scene(options);
    const before = stored('k');
    await reEncrypt({ instructionFileSuffix: '.partner' });
    expect(await get(partnersWith({ instructionFileSuffix: '.partner' }), 'k')).toEqual(content);
    expect(await get(client, 'k')).toEqual(content);
    expect(stored('k')).toEqual(before);
  });

  test('in its place wraps it with the keyring that is given: that alone opens the object', async () => {
    // Where versions stay, the one that the object records opens it still.
    const { client, reEncrypt, partnersWith } = await scene(options, 'Off');
    await reEncrypt();
    expect(await get(partnersWith({}), 'k')).toEqual(content);
    expect(await codeOf(() => get(client, 'k'))).toMatch(/^(CONTEXT_MISMATCH|ENVELOPE_UNSUPPORTED)$/);
  });
});

describe('the own file', () => {
  test('tells of no public key any more that it was wrapped for', async () => {
    const { bucket, reEncrypt, stored } = await scene({}, 'Off');
    const before = stored('k.instruction');
    const metadata = { ...before.metadata, 'sealdrop-public-key': 'another' };
    bucket.write('k.instruction', { ...before, metadata });
    await reEncrypt();
    expect(Object.keys(stored('k.instruction').metadata)).toEqual(['x-amz-crypto-instr-file']);
  });

  test('whose metadata S3 cannot show whole is left as it is', async () => {
    const { bucket, reEncrypt, stored } = await scene({}, 'Off');
    const before = stored('k.instruction');
    bucket.write('k.instruction', { ...before, system: { ...before.system, 'x-amz-missing-meta': '1' } });
    expect(await codeOf(() => reEncrypt())).toBe('METADATA_HIDDEN');
    expect(stored('k.instruction').content).toEqual(before.content);
  });
});

test('of an object that is replaced meanwhile, the newer one is shared', async () => {
  const { client, reEncrypt, partnersWith } = await scene({}, 'Enabled');
  const newer = patternBytes(100, 'newer');
  let isFirst = true;
  const replacing = {
    wrapDataKey: async (...args: Parameters<typeof newKeyring.wrapDataKey>) => {
      if (isFirst) await put(client, 'k', newer);
      isFirst = false;
      return newKeyring.wrapDataKey(...args);
    },
  };
  await reEncrypt({ instructionFileSuffix: '.partner', newKeyring: replacing });
  expect(await get(partnersWith({ instructionFileSuffix: '.partner' }), 'k')).toEqual(newer);
});

describe('what stands under another suffix', () => {
  test('is replaced only where it may be', async () => {
    const { reEncrypt, partnersWith } = await scene();
    const other = new RawRsaKeyring(generateKeyPairSync('rsa', { modulusLength: 2048 }));
    await reEncrypt({ instructionFileSuffix: '.partner', newKeyring: other });
    expect(await codeOf(() => reEncrypt({ instructionFileSuffix: '.partner' }))).toBe('OUTPUT_EXISTS');
    await reEncrypt({ instructionFileSuffix: '.partner', overwrite: true });
    expect(await get(partnersWith({ instructionFileSuffix: '.partner' }), 'k')).toEqual(content);
  });

  test('is never replaced where it is an object of its own', async () => {
    const { plain, reEncrypt } = await scene();
    await plain.send(new PutObjectCommand({ Bucket: bucketName, Key: 'k.partner', Body: 'mine' }));
    const work = () => reEncrypt({ instructionFileSuffix: '.partner', overwrite: true });
    expect(await codeOf(work)).toBe('NOT_AN_INSTRUCTION_FILE');
    expect((await get(plain, 'k.partner')).toString()).toBe('mine');
  });
});

describe('refused is', () => {
  test('an object with its envelope in its metadata', async () => {
    const { client, reEncrypt } = await scene({ metadataStrategy: 'object-metadata' });
    await put(client, 'k', content);
    expect(await codeOf(reEncrypt)).toBe('ENVELOPE_IN_METADATA');
  });

  test('what is not sealed', async () => {
    const { plain, client, reEncrypt } = await scene();
    await client.send(new DeleteObjectCommand({ Bucket: bucketName, Key: 'k' }));
    await plain.send(new PutObjectCommand({ Bucket: bucketName, Key: 'k', Body: 'plain' }));
    expect(await codeOf(reEncrypt)).toBe('NOT_SEALED');
  });

  test('another context than the client has', async () => {
    const { clientWith } = await scene();
    const other = clientWith({ encryptionContext: { department: 'other' } });
    const input = { Bucket: bucketName, Key: 'k', newKeyring };
    expect(await codeOf(() => other.reEncryptInstructionFile(input))).toBe('CONTEXT_MISMATCH');
  });

  test('a suffix that is none', async () => {
    const { reEncrypt } = await scene();
    expect(await codeOf(() => reEncrypt({ instructionFileSuffix: 'partner' }))).toBe('CONFIGURATION_INVALID');
  });
});
