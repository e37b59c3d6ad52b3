import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, openToBuffer, S3ObjectStore, type Vault } from '../../aws/index.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { SealedBucketName, WrappingKeyArn, VaultId, SealFunctionName } = vault.stack.outputs;
const right: Vault = { vaultId: VaultId, binding: 'object' };

async function openAs(expected: Vault, key = 'opening/object', keyId = WrappingKeyArn): Promise<unknown> {
  const opener = await vault.opener();
  const store = new S3ObjectStore({ client: opener.s3 });
  return openToBuffer(
    { bucket: SealedBucketName, key },
    { store, keyring: new KmsKeyring({ keyId, client: opener.kms }), vault: expected },
  );
}

beforeAll(async () => {
  await vault.sealedFrom('opening/object', await vault.drop('opening/object', 'content'));
});

describe('a sealed object does not open', () => {
  test.each<[string, Vault]>([
    ['for another vault', { ...right, vaultId: 'other' }],
    ['bound to its vault only', { ...right, binding: 'vault' }],
    ['bound to nothing', { ...right, binding: 'none' }],
    ['with a pair more', { ...right, extraContext: { purpose: 'test' } }],
  ])('%s', async (_, expected) => {
    await expect(openAs(expected)).rejects.toMatchObject({ code: 'CONTEXT_MISMATCH' });
  });

  test('in the place of another', async () => {
    const sealer = await clientsInRoleOf(vault, SealFunctionName);
    await sealer.s3.send(
      new CopyObjectCommand({
        Bucket: SealedBucketName,
        Key: 'opening/elsewhere',
        CopySource: `${SealedBucketName}/opening/object`,
      }),
    );
    await expect(openAs(right, 'opening/elsewhere')).rejects.toMatchObject({ code: 'CONTEXT_MISMATCH' });
  });

  test('with a key that is not there', async () => {
    const missing = WrappingKeyArn.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
    // KMS tells only those who may use keys at all that there is none.
    await expect(openAs(right, undefined, missing)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    const keyring = new KmsKeyring({ keyId: missing, client: vault.administrator.kms });
    await expect(keyring.currentWrapping()).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });

  test('with an AWS managed key', async () => {
    await expect(openAs(right, undefined, 'alias/aws/s3')).rejects.toMatchObject({
      code: 'KEY_NOT_CUSTOMER_MANAGED',
    });
  });
});

test('it opens in its vault, under its own name', async () => {
  await expect(openAs(right)).resolves.toMatchObject({ content: Buffer.from('content') });
});
