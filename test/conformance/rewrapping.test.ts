import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, DisableKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  KmsKeyring,
  rebindObject,
  resealObject,
  rewrapObject,
  S3ObjectStore,
  type ObjectAddress,
  type Vault,
} from '../../aws/index.ts';
import { suiteForSealing } from '../../envelope/index.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { contextOf } from '../../operations/vault.ts';
import { inChunks } from '../support/bytes.ts';
import { VaultClient } from '../support/vault-client.ts';
import type { PeerClient, PeerRequest } from './peer-client.ts';
import { startPythonClient } from './python-client.ts';

// Whichever way an object comes under another wrapping, the official client opens it by the new one alone.

const local = new VaultClient();
const { s3, kms } = local.administrator;
const bucket = 'conformance-rewrapping';
const vault: Vault = { vaultId: 'conformance', binding: 'object' };
const MiB = 2 ** 20;
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-rewrapping-'));
// What is longer than one part is copied in parts.
const store = new S3ObjectStore({ client: s3, maxCopyBytes: 5 * MiB, copyPartBytes: 5 * MiB });

let python: PeerClient;

beforeAll(async () => {
  const cacheFolder = join(import.meta.dirname, '..', '..', '.sealdrop');
  python = await startPythonClient(cacheFolder, local.stack.emulator.environment);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
}, 120_000);

afterAll(async () => {
  await python.stop();
  await rm(folder, { recursive: true });
});

async function newKey(): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

async function seal(key: string, keyId: string, content: Buffer, form: Form): Promise<ObjectAddress> {
  const keyring = new KmsKeyring({ keyId, client: kms });
  const sent = await sealContent(
    {
      ...{ body: inChunks(content), lengthBytes: content.length, metadata: { title: 'x' } },
      ...{ headers: {}, tags: { team: 'blue' }, records: {} },
    },
    { bucket, key },
    { absent: true },
    {
      ...{ store, keyring, vault, instructionFiles: form.instructionFiles ?? false },
      ...(form.isV2 === true ? { suite: suiteForSealing('FORBID_ENCRYPT_ALLOW_DECRYPT') } : {}),
    },
  );
  return { bucket: sent.sealed.bucket, key: sent.sealed.key };
}

async function official(key: string, keyId: string, form: Form): Promise<Buffer> {
  const path = join(folder, 'content');
  const request: PeerRequest = {
    ...{ verb: 'get', bucket, key, keyring: { type: 'kms', keyId }, context: contextOf(vault, key), path },
    ...(form.isV2 === true
      ? {
          commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
          algorithm: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
        }
      : {}),
  };
  const answer = await python.call(request);
  if (!answer.ok) throw new Error(answer.error);
  return readFile(path);
}

interface Form {
  readonly name: string;
  readonly lengthBytes: number;
  readonly instructionFiles?: boolean;
  readonly isV2?: boolean;
}

const forms: readonly Form[] = [
  { name: 'in one request', lengthBytes: 100_003 },
  { name: 'in parts', lengthBytes: 12 * MiB + 1 },
  { name: 'by its instruction file', lengthBytes: 6 * MiB, instructionFiles: true },
  { name: 'of the V2 format', lengthBytes: 1000, isV2: true },
];

test.each(forms)('an object rewrapped to newer material, $name', async (form) => {
  const [keyId, content] = [await newKey(), randomBytes(form.lengthBytes)];
  const at = await seal(`material/${form.name}`, keyId, content, form);
  await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
  const keyring = new KmsKeyring({ keyId, client: kms });
  const current = await keyring.currentWrapping();
  expect(await rewrapObject(at, { store, keyring, vault, current })).toMatchObject({ status: 'rewrapped' });
  expect(await rewrapObject(at, { store, keyring, vault, current })).toMatchObject({ status: 'current' });
  expect((await official(at.key, keyId, form)).equals(content)).toBe(true);
  expect(await store.tags(at)).toEqual({ team: 'blue' });
});

test.each(forms)('an object moved to another key, the old one disabled, $name', async (form) => {
  const [before, after, content] = [await newKey(), await newKey(), randomBytes(form.lengthBytes)];
  const at = await seal(`key/${form.name}`, before, content, form);
  const keyring = new KmsKeyring({ keyId: after, acceptedKeyIds: [before], client: kms });
  const current = await keyring.currentWrapping();
  expect(await rewrapObject(at, { store, keyring, vault, current })).toMatchObject({ status: 'rewrapped' });
  await kms.send(new DisableKeyCommand({ KeyId: before }));
  expect((await official(at.key, after, form)).equals(content)).toBe(true);
});

test.each(forms)('an object bound to another key of its bucket, $name', async (form) => {
  const [keyId, content] = [await newKey(), randomBytes(form.lengthBytes)];
  const at = await seal(`from/${form.name}`, keyId, content, form);
  const keyring = new KmsKeyring({ keyId, client: kms });
  const to = { bucket, key: `to/${form.name}` };
  await rebindObject(at, to, { store, keyring, vault, condition: { absent: true } });
  expect((await official(to.key, keyId, form)).equals(content)).toBe(true);
  expect((await official(at.key, keyId, form)).equals(content)).toBe(true);
});

test.each(forms)('an object sealed anew, $name', async (form) => {
  const [keyId, content] = [await newKey(), randomBytes(form.lengthBytes)];
  const at = await seal(`anew/${form.name}`, keyId, content, form);
  const keyring = new KmsKeyring({ keyId, client: kms });
  const { metadata } = await store.head(at);
  await resealObject(at, { store, keyring, vault, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' });
  expect((await store.head(at)).metadata['x-amz-i']).not.toBe(metadata['x-amz-i']);
  expect((await official(at.key, keyId, { ...form, isV2: false })).equals(content)).toBe(true);
});
