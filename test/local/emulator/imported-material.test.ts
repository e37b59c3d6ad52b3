import { beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  type CreateKeyCommandInput,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { importMaterial } from '../../support/own-key.ts';
import { StatesWorld } from './states-world.ts';

const { kms } = new StatesWorld().administrator;
const { kms: kmsAway } = new StatesWorld('us-west-2').administrator;
let KeyId: string;
const material = randomBytes(32);
beforeEach(async () => {
  KeyId = await createKey();
});

async function createKey(more: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL', ...more }));
  return KeyMetadata?.KeyId ?? '';
}

async function importIt(
  bytes: Uint8Array,
  more: Partial<ImportKeyMaterialCommandInput> = {},
  client: KMSClient = kms,
): Promise<string> {
  return importMaterial(client, KeyId, bytes, more);
}

async function encrypt(): Promise<Uint8Array | undefined> {
  return (await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('content') }))).CiphertextBlob;
}

async function decrypt(CiphertextBlob: Uint8Array | undefined, client: KMSClient = kms): Promise<string> {
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
  return Buffer.from(Plaintext ?? []).toString();
}

async function stateOf(client: KMSClient = kms): Promise<string | undefined> {
  return (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
}

test('a key without its material is PendingImport, and opens what it sealed once it is imported again', async () => {
  expect(await stateOf()).toBe('PendingImport');
  await expect(encrypt()).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  await expect(kms.send(new EnableKeyCommand({ KeyId }))).rejects.toMatchObject({
    name: 'KMSInvalidStateException',
  });
  const first = await importIt(material);
  const sealed = await encrypt();
  await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  expect(await stateOf()).toBe('PendingImport');
  await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  await expect(importIt(randomBytes(32))).rejects.toMatchObject({
    name: 'IncorrectKeyMaterialException',
  });
  expect(await stateOf()).toBe('PendingImport');
  expect(await importIt(material)).toBe(first);
  expect(await decrypt(sealed)).toBe('content');
});

test('it has no automatic rotation', async () => {
  await importIt(material);
  await expect(kms.send(new EnableKeyRotationCommand({ KeyId }))).rejects.toMatchObject({
    name: 'UnsupportedOperationException',
  });
  const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  expect(KeyRotationEnabled).toBe(false);
});

describe('a rotation on demand', () => {
  const rotate = (): Promise<unknown> => kms.send(new RotateKeyOnDemandCommand({ KeyId }));

  async function states(): Promise<Record<string, string | undefined>> {
    const { Rotations = [] } = await kms.send(
      new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    return Object.fromEntries(
      Rotations.map(({ KeyMaterialId = '', KeyMaterialState }) => [KeyMaterialId, KeyMaterialState]),
    );
  }

  test('needs new material, which waits for it', async () => {
    const first = await importIt(material);
    const sealed = await encrypt();
    await expect(rotate()).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    const second = await importIt(randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' });
    expect(await states()).toEqual({ [first]: 'CURRENT', [second]: 'PENDING_ROTATION' });
    const before = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(before.KeyMetadata?.CurrentKeyMaterialId).toBe(first);
    await rotate();
    expect(await states()).toEqual({ [first]: 'NON_CURRENT', [second]: 'CURRENT' });
    expect(await decrypt(sealed)).toBe('content');
    expect(await decrypt(await encrypt())).toBe('content');
  });

  test('leaves a key that needs both materials', async () => {
    const first = await importIt(material);
    const sealed = await encrypt();
    const next = randomBytes(32);
    const second = await importIt(next, { ImportType: 'NEW_KEY_MATERIAL' });
    await rotate();
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: first }));
    await expect(encrypt()).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    await importIt(material);
    expect(await decrypt(sealed)).toBe('content');
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    expect(await importIt(next)).toBe(second);
    expect(await decrypt(sealed)).toBe('content');
  });

  test('takes no material that the key has had', async () => {
    await importIt(material);
    await expect(importIt(material, { ImportType: 'NEW_KEY_MATERIAL' })).rejects.toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
  });
});

test('a replica begins without the material, and takes the same', async () => {
  KeyId = await createKey({ MultiRegion: true });
  const first = await importIt(material);
  const sealed = await encrypt();
  await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'us-west-2' }));
  expect(await stateOf(kmsAway)).toBe('PendingImport');
  await expect(decrypt(sealed, kmsAway)).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  await expect(importIt(randomBytes(32), {}, kmsAway)).rejects.toMatchObject({
    name: 'IncorrectKeyMaterialException',
  });
  expect(await importIt(material, {}, kmsAway)).toBe(first);
  expect(await decrypt(sealed, kmsAway)).toBe('content');
});

test('material that has expired is gone', async () => {
  const ValidTo = new Date(Date.now() + 3_000);
  await importIt(material, { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
  const sealed = await encrypt();
  await sleep(ValidTo.getTime() - Date.now() + 1_000);
  expect(await stateOf()).toBe('PendingImport');
  await expect(decrypt(sealed)).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  await importIt(material);
  expect(await decrypt(sealed)).toBe('content');
});
