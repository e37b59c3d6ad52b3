import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { importMaterial } from '../support/own-key.ts';
import { RecoveryVaultOnStack } from './recovery-vault.ts';

const local = await RecoveryVaultOnStack.deploy('imported-regions', {
  multiRegion: true,
  wrappingKey: { material: 'imported' },
});
const { WrappingKeyArn } = local.stack.outputs;
const { ReplicaKeyArn, ReplicaKeyImport, RecoveryOpenerRoleArn } = local.outputs;
const material = randomBytes(32);
const key = 'imported/object';

test('a replica opens once the material of its primary was imported there, too, by whom its policy lets', async () => {
  const opener = await local.inSecondRegion(RecoveryOpenerRoleArn);
  expect(ReplicaKeyImport).toContain(`--key-id ${ReplicaKeyArn} `);

  await importMaterial(local.administrator.kms, WrappingKeyArn, material);
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
