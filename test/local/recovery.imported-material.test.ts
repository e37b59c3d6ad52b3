import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { localStack } from '../support/local-stack.ts';
import { importMaterial } from '../support/own-key.ts';
import { deployOwn } from './deploy-own.ts';
import { RecoveryVaultOnStack } from './recovery-vault.ts';

const vaultId = 'imported-regions';
const settings = { multiRegion: true, wrappingKey: { material: 'imported' } };
const material = randomBytes(32);

// KMS replicates no key that waits for its material: the second Region comes after it.
const { accountId: account, region } = localStack().emulator;
const first = await deployOwn(vaultId, { account, region, ...settings });
await importMaterial(first.administrator.kms, first.stack.outputs.WrappingKeyArn, material);
const local = await RecoveryVaultOnStack.deploy(vaultId, settings);
const { ReplicaKeyArn, ReplicaKeyImport, RecoveryOpenerRoleArn } = local.outputs;
const key = 'imported/object';

test('a replica opens once the material of its primary was imported there, too, by whom its policy lets', async () => {
  const opener = await local.inSecondRegion(RecoveryOpenerRoleArn);
  expect(ReplicaKeyImport).toContain(`--key-id ${ReplicaKeyArn} `);

  await local.dropAll([key]);
  await local.replicaOf(key);
  await expect(local.openReplica(key, opener)).rejects.toMatchObject({
    code: 'KEY_UNAVAILABLE',
    hint: expect.stringContaining(`that of its primary in ${local.stack.emulator.region}`),
  });

  await importMaterial(local.second.kms, ReplicaKeyArn, material);
  await local.withoutFirstRegion(async () => {
    expect(await local.openReplica(key, opener)).toBe(`content of ${key}`);
  });
});
