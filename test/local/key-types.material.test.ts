import { randomBytes } from 'node:crypto';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DisconnectCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { administratorOf, createLocalClients } from '../../local/local-clients.ts';
import type { RewrapRun } from '../../local/rewrap-runs.ts';
import { failureOf } from '../support/bytes.ts';
import { eventually } from '../support/eventually.ts';
import { localStack } from '../support/local-stack.ts';
import { importMaterial } from '../support/own-key.ts';
import { reasonOf } from '../support/vault-client.ts';
import { deployOwn } from './deploy-own.ts';

const { emulator } = localStack();
const { kms, ...owner } = createLocalClients(emulator, administratorOf(emulator));
afterAll(() => {
  owner.close();
});

/** A key store in CloudHSM, and a key in it. */
async function keyInStore(): Promise<{ CustomKeyStoreId: string; arn: string }> {
  const { CustomKeyStoreId = '' } = await kms.send(
    new CreateCustomKeyStoreCommand({
      CustomKeyStoreName: 'key-types',
      CustomKeyStoreType: 'AWS_CLOUDHSM',
      ...{ CloudHsmClusterId: 'cluster-1a23b4cdefg', KeyStorePassword: 'kmsPswd1' },
    }),
  );
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId, KeySpec: 'SYMMETRIC_DEFAULT' }),
  );
  return { CustomKeyStoreId, arn: KeyMetadata?.Arn ?? '' };
}

const importing = await deployOwn('imported-key', {
  wrappingKey: { material: 'imported' },
  // One try, and no more.
  ...{ maxReceives: 1, keepTryingHours: 0 },
});
const { CustomKeyStoreId, arn: storedArn } = await keyInStore();
const stored = await deployOwn('stored-key', {
  wrappingKey: { arn: storedArn, material: 'custom-key-store' },
});

describe('a vault on a key with imported material', () => {
  const key = 'imported/object';
  const vault = importing;
  const { WrappingKeyArn: KeyId, QueueUrl } = vault.stack.outputs;
  const material = randomBytes(32);

  test('seals nothing before the material is there, and what was dropped then', async () => {
    const versionId = await vault.drop(key, 'content');
    const letter = await vault.deadLetter(key, (body) => body.includes(key));
    expect(reasonOf(letter)).toBe('KEY_UNAVAILABLE');
    expect(letter.MessageAttributes?.['error-message']?.StringValue).toMatch(/no key material: none yet/);
    expect(letter.MessageAttributes?.['error-hint']?.StringValue).toMatch(/import-key-material/);

    await importMaterial(kms, KeyId, material);
    await vault.administrator.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: letter.Body }));
    await vault.sealedFrom(key, versionId);
    expect((await vault.open(key)).content.toString()).toBe('content');
  });

  test('follows a rotation to new material, once, and opens what it sealed before', async () => {
    const before = await vault.materialOf(key);
    await importMaterial(kms, KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' });
    await vault.rotate();
    await eventually('the new wrapping', async () => {
      const now = await vault.materialOf(key);
      return now === before ? undefined : now;
    });
    expect(await vault.materialOf(key)).toBe(await vault.material());
    expect((await vault.open(key)).content.toString()).toBe('content');
    expect(countsOf(await vault.run())).toMatchObject({ current: 1, rewrapped: 0, failed: 0 });
  });

  test('keeps its material from whoever is not the break-glass role', async () => {
    await expect(kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }))).rejects.toThrow(
      /not authorized|Access ?Denied/i,
    );
  });
});

describe('a vault on a key in a custom key store', () => {
  const key = 'stored/object';
  const vault = stored;

  test('seals and opens; its runs look, and find all current, however often', async () => {
    await vault.sealedFrom(key, await vault.drop(key, 'content'));
    expect((await vault.open(key)).content.toString()).toBe('content');
    expect(await vault.material()).toBeUndefined();
    // KMS names the material when it wraps, and describes none: each run could take it for an older one.
    expect(await vault.materialOf(key)).toEqual(expect.any(String));

    for (let runs = 0; runs < 2; runs += 1) {
      expect(countsOf(await vault.run())).toMatchObject({ current: 1, rewrapped: 0, failed: 0 });
    }
  });

  test('opens nothing while the store is disconnected, says what to do, and opens again', async () => {
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    const failure = await failureOf(() => vault.open(key));
    await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));

    expect([failure.code, failure.retryable]).toEqual(['KEY_UNAVAILABLE', true]);
    expect(failure.message).toMatch(/its custom key store is not connected/);
    expect(failure.hint).toMatch(
      new RegExp(`connect-custom-key-store --custom-key-store-id ${CustomKeyStoreId}$`),
    );
    expect((await vault.open(key)).content.toString()).toBe('content');
  });
});

/** What a run did with how many objects. */
function countsOf({ output }: RewrapRun): unknown {
  return (JSON.parse(output ?? '{}') as { counts?: unknown }).counts;
}
