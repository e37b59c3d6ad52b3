import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  KmsKeyring,
  RawRsaKeyring,
  shareObject,
  type ObjectAddress,
  type ShareRecipient,
  type Vault,
} from '../../aws/index.ts';
import { suiteForSealing } from '../../envelope/index.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { contextOf } from '../../operations/vault.ts';
import { contentFrom } from '../operations/scene.ts';
import { VaultClient } from '../support/vault-client.ts';
import { startJavaClient } from './java-client.ts';
import { ensureJavaClient } from './java-client/build.ts';
import type { PeerClient, PeerKeyring, PeerRequest } from './peer-client.ts';
import { startPythonClient } from './python-client.ts';

// Whom an object is shared with opens it by the suffix, with an official client and nothing of ours.

const local = new VaultClient();
const { s3, kms } = local.administrator;
const { store } = local;
const bucket = 'conformance-shares';
const vault: Vault = { vaultId: 'conformance', binding: 'object' };
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-shares-'));
const cacheFolder = join(import.meta.dirname, '..', '..', '.sealdrop');
const { environment } = local.stack.emulator;
const java = await ensureJavaClient({ cacheFolder, log: (line) => process.stderr.write(`${line}\n`) });
const { build } = java;
if (java.build === undefined) {
  process.stderr.write(`\nSKIPPED: shares with the official Java client: ${java.reason}\n\n`);
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
const theirRsaKey: PeerKeyring = {
  type: 'rsa',
  privateKeyBase64: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  publicKeyBase64: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64'),
};
let [ownKeyId, theirKeyId] = ['', ''];

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  [ownKeyId, theirKeyId] = [await newKey(), await newKey()];
});

afterAll(() => rm(folder, { recursive: true }));

async function seal(key: string, content: Buffer, format: 'V3' | 'V2'): Promise<ObjectAddress> {
  const keyring = new KmsKeyring({ keyId: ownKeyId, client: kms });
  const suite = format === 'V2' ? { suite: suiteForSealing('FORBID_ENCRYPT_ALLOW_DECRYPT') } : {};
  const options = { store, keyring, vault, instructionFiles: true, ...suite };
  await sealContent(contentFrom(content), { bucket, key }, { absent: true }, options);
  return { bucket, key };
}

async function share(object: ObjectAddress, recipient: ShareRecipient): Promise<void> {
  const before = await store.head(object);
  const { status } = await shareObject(object, {
    ...{ store, vault, recipient, suffix: '.partner' },
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  });
  expect(status).toBe('shared');
  expect(await store.head(object)).toEqual(before);
}

async function withKms(object: ObjectAddress, theirs?: Vault): Promise<void> {
  const keyring = new KmsKeyring({ keyId: theirKeyId, acceptedKeyIds: [ownKeyId], client: kms });
  const current = await keyring.currentWrapping();
  await share(object, { kind: 'kms', keyring, current, ...(theirs === undefined ? {} : { vault: theirs }) });
}

async function withRsa(object: ObjectAddress): Promise<void> {
  const keyring = new KmsKeyring({ keyId: ownKeyId, client: kms });
  const fingerprint = createHash('sha256').update('of the key').digest('hex');
  await share(object, {
    kind: 'public-key',
    keyring,
    wrapper: new RawRsaKeyring({ publicKey }),
    fingerprint,
  });
}

async function official(
  peer: PeerClient,
  request: Partial<PeerRequest>,
  format: 'V3' | 'V2',
): Promise<Buffer> {
  const path = join(folder, 'content');
  const answer = await peer.call({
    ...{ verb: 'get', bucket, key: '', keyring: theirRsaKey, path },
    ...{ instructionFileSuffix: '.partner' },
    ...(format === 'V2'
      ? {
          commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
          algorithm: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
        }
      : {}),
    ...request,
  });
  if (!answer.ok) throw new Error([answer.error, ...(answer.causes ?? [])].join('\n'));
  return readFile(path);
}

const formats = ['V3', 'V2'] as const;
const extra: Vault = { ...vault, binding: 'vault', extraContext: { partner: 'acme' } };

(build === undefined ? describe.skip : describe)('the official Java client', () => {
  let client: PeerClient;
  beforeAll(() => {
    if (build !== undefined) client = startJavaClient(build, { environment });
  });
  afterAll(() => client.stop());

  test.each(formats)('opens what was shared with its RSA key: %s', async (format) => {
    const [key, content] = [`java/rsa/${format}: ü+%`, randomBytes(100_003)];
    await withRsa(await seal(key, content, format));
    expect((await official(client, { key }, format)).equals(content)).toBe(true);
  });

  test.each(formats)('opens what was shared with its KMS key: %s', async (format) => {
    const [key, content] = [`java/kms/${format}`, randomBytes(100_003)];
    await withKms(await seal(key, content, format));
    const request = {
      key,
      keyring: { type: 'kms', keyId: theirKeyId },
      context: contextOf(vault, key),
    } as const;
    expect((await official(client, request, format)).equals(content)).toBe(true);
    await expect(
      official(client, { ...request, instructionFileSuffix: '.instruction' }, format),
    ).rejects.toThrow();
  });

  test('opens what was shared under a context of its own', async () => {
    const [key, content] = ['java/context', randomBytes(1000)];
    await withKms(await seal(key, content, 'V3'), extra);
    const keyring = { type: 'kms', keyId: theirKeyId } as const;
    expect(
      (await official(client, { key, keyring, context: contextOf(extra, key) }, 'V3')).equals(content),
    ).toBe(true);
    await expect(official(client, { key, keyring, context: contextOf(vault, key) }, 'V3')).rejects.toThrow();
  });
});

describe('the official Python client', () => {
  let python: PeerClient;
  beforeAll(async () => {
    python = await startPythonClient(cacheFolder, environment);
  }, 120_000);
  afterAll(() => python.stop());

  test.each(formats)('opens what was shared with its KMS key: %s', async (format) => {
    const [key, content] = [`python/kms/${format}`, randomBytes(100_003)];
    await withKms(await seal(key, content, format), extra);
    const request = {
      key,
      keyring: { type: 'kms', keyId: theirKeyId },
      context: contextOf(extra, key),
    } as const;
    expect((await official(python, request, format)).equals(content)).toBe(true);
    await expect(
      official(python, { ...request, instructionFileSuffix: '.instruction' }, format),
    ).rejects.toThrow();
  });
});
