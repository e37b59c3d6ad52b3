import { DecryptCommand, GenerateDataKeyCommand, ReEncryptCommand } from '@aws-sdk/client-kms';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, openToBuffer, S3ObjectStore } from '../../aws/index.ts';
import { parseEnvelope } from '../../envelope/index.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../../local/local-clients.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { localStack } from '../support/local-stack.ts';
import { createOwnKey } from '../support/own-key.ts';
import { deployOwnVault } from '../support/own-vault.ts';
import { VaultClient } from '../support/vault-client.ts';

const key = 'migrator/object';
const content = 'moves without being opened';

let migrator: LocalClients;
let sealed: { encryptedDataKey: Uint8Array; encryptionContext: Record<string, string> };

const stack = localStack();
const { emulator } = stack;
const administrator = createLocalClients(emulator, administratorOf(emulator));
const toKeyArn = await createOwnKey(administrator.kms);
const foreignKeyArn = await createOwnKey(administrator.kms, { isOpen: true });
administrator.close();
const own = await deployOwnVault(stack, {
  vaultId: 'moving',
  migration: {
    principalArns: [`arn:aws:iam::${emulator.accountId}:user/administrator`],
    toKeyArns: [toKeyArn],
  },
});
const vault = new VaultClient(own);
const { outputs } = own;

beforeAll(async () => {
  migrator = await vault.inRole(outputs.MigratorRoleArn ?? '');
  const object = await vault.sealedFrom(key, await vault.drop(key, content));
  const { ciphertext, context } = parseEnvelope(object.metadata).encryptedDataKey;
  sealed = { encryptedDataKey: ciphertext, encryptionContext: { ...context } };
});

function reEncrypt(destination: string, context = sealed.encryptionContext): Promise<unknown> {
  return migrator.kms.send(
    new ReEncryptCommand({
      CiphertextBlob: sealed.encryptedDataKey,
      SourceKeyId: outputs.WrappingKeyArn,
      SourceEncryptionContext: sealed.encryptionContext,
      DestinationKeyId: destination,
      DestinationEncryptionContext: context,
    }),
  );
}

const denied = /not authorized|Access ?Denied/i;

describe('the migrator', () => {
  test('may re-encrypt to the wrapping key, and to the key that is named', async () => {
    await reEncrypt(outputs.WrappingKeyArn);
    await reEncrypt(toKeyArn);
  });

  test('may bind a data key to another object of its vault, and to none of another vault', async () => {
    const renamed = { ...sealed.encryptionContext, 'sealdrop-key-sha256': '0'.repeat(64) };
    await reEncrypt(toKeyArn, renamed);
    for (const destination of [toKeyArn, outputs.WrappingKeyArn]) {
      await expect(reEncrypt(destination, { ...renamed, 'sealdrop-vault': 'other' })).rejects.toThrow(denied);
    }
  });

  test('may not re-encrypt to a foreign key, though that lets everybody', async () => {
    await expect(reEncrypt(foreignKeyArn)).rejects.toThrow(denied);
  });

  test.each([['the wrapping key'], ['the key that is named']])(
    'sees and makes no data key of %s',
    async (which) => {
      const KeyId = which === 'the wrapping key' ? outputs.WrappingKeyArn : toKeyArn;
      const EncryptionContext = sealed.encryptionContext;
      const CiphertextBlob = sealed.encryptedDataKey;
      await expect(
        migrator.kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext })),
      ).rejects.toThrow(denied);
      await expect(
        migrator.kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext })),
      ).rejects.toThrow(denied);
    },
  );

  test('deletes nothing', async () => {
    const Bucket = outputs.SealedBucketName;
    await expect(migrator.s3.send(new DeleteObjectCommand({ Bucket, Key: key }))).rejects.toThrow(denied);
  });

  test('moves an object to the key that is named: the bucket takes its copy, which opens with that key alone', async () => {
    const vaultSettings = { vaultId: 'moving', binding: 'object' } as const;
    const { status } = await rewrapObject(
      { bucket: outputs.SealedBucketName, key },
      {
        store: new S3ObjectStore({ client: migrator.s3 }),
        keyring: new KmsKeyring({
          keyId: toKeyArn,
          acceptedKeyIds: [outputs.WrappingKeyArn],
          client: migrator.kms,
        }),
        vault: vaultSettings,
        current: { keyArn: toKeyArn },
      },
    );
    expect(status).toBe('rewrapped');
    await expect(vault.open(key)).rejects.toThrow();
    const opened = await openToBuffer(
      { bucket: outputs.SealedBucketName, key },
      {
        store: vault.store,
        keyring: new KmsKeyring({ keyId: toKeyArn, client: vault.administrator.kms }),
        vault: vaultSettings,
      },
    );
    expect(opened.content.toString()).toBe(content);
  });
});
